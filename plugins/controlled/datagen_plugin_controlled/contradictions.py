"""What no text could satisfy at once, found before any call."""

from __future__ import annotations

from collections.abc import Iterator

from datagen_core.jsontext import dumps
from datagen_core.languages import scripts, scripts_of
from datagen_plugin_controlled.config import Constraints, KeywordGroup, Length
from datagen_plugin_controlled.keywords import is_in, is_matchable, needed, stems
from datagen_plugin_controlled.readability import LEVELS, scale_of
from datagen_plugin_controlled.sizes import bounds_of

UNITS = ("sentences", "words", "chars")
"""Each has at least one of the next."""

_NOT_LATIN = frozenset(
    {
        "ARABIC",
        "ARMENIAN",
        "BENGALI",
        "CYRILLIC",
        "DEVANAGARI",
        "ETHIOPIC",
        "GEORGIAN",
        "GREEK",
        "GUJARATI",
        "GURMUKHI",
    }
    | {
        "HAN",
        "HANGUL",
        "HEBREW",
        "HIRAGANA",
        "KANNADA",
        "KATAKANA",
        "KHMER",
        "LAO",
        "MALAYALAM",
        "MYANMAR",
        "SINHALA",
    }
    | {"TAMIL", "TELUGU", "THAI"}
)


def contradictions(wanted: Constraints, language: str) -> Iterator[str]:
    """Each as a sentence, for rows of a language."""
    required = [group for group in wanted.groups if group.mode != "none_of"]
    length = Length.model_construct() if wanted.length is None else bounds_of(wanted.length)
    yield from _of_groups(wanted.groups)
    yield from _of_forbidden(wanted.groups, language)
    yield from _of_scripts(required, language)
    yield from _of_length(length)
    yield from _of_room(required, length, language)
    yield from _of_complexity(wanted, length, language)


def _of_groups(groups: tuple[KeywordGroup, ...]) -> Iterator[str]:
    for group in groups:
        for word in group.words:
            if not is_matchable(word):
                yield f"the keyword {dumps(word)} has no letter, digit or sign"
        if needed(group) > len(group.words):
            yield f"{needed(group)} keywords are wanted out of {len(group.words)}"


def _of_forbidden(groups: tuple[KeywordGroup, ...], language: str) -> Iterator[str]:
    """A required keyword that has a forbidden one in it can't be used."""
    forbidden = [word for group in groups if group.mode == "none_of" for word in group.words]
    forbidden = [word for word in forbidden if is_matchable(word)]
    for group in groups:
        barred = [
            (word, bar)
            for word in group.words
            for bar in forbidden
            if is_in(bar, word, stems(word, language), language)
        ]
        free = len(group.words) - len({word for word, _ in barred})
        if group.mode != "none_of" and barred and free < needed(group):
            word, bar = barred[0]
            yield f"the keyword {dumps(word)} is wanted, and {dumps(bar)} forbidden"


def _of_scripts(required: list[KeywordGroup], language: str) -> Iterator[str]:
    """Latin names are at home in every language; other scripts only where they are written."""
    foreign = _NOT_LATIN - set(scripts_of(language))
    for group in required:
        odd = {word: script for word in group.words for script in scripts(word) if script in foreign}
        if len(group.words) - len(odd) < needed(group):
            word, script = next(iter(odd.items()))
            yield f"the keyword {dumps(word)} is {script.title()}, and the language {language} isn't written so"


def _of_length(length: Length) -> Iterator[str]:
    for at, unit in enumerate(UNITS):
        low, _ = length.bounds(unit)
        for other in UNITS[at:]:
            _, high = length.bounds(other)
            if low is not None and high is not None and low > high:
                yield f"at least {low} {unit} are wanted, and at most {high} {other}"


def _of_room(required: list[KeywordGroup], length: Length, language: str) -> Iterator[str]:
    """Keywords may share words, so that only different stems count."""
    needed_all = [word for group in required if group.mode == "all" for word in group.words]
    all_of = {stem for word in needed_all for stem in stems(word, language)}
    least = max([len(all_of), *(_least_words(group, language) for group in required)])
    _, most_words = length.bounds("words")
    _, most_chars = length.bounds("chars")
    if most_words is not None and least > most_words:
        yield f"the keywords alone are {least} words, and at most {most_words} words are wanted"
    if most_chars is not None and (chars := sum(map(len, all_of))) > most_chars:
        yield f"the keywords alone are {chars} characters, and at most {most_chars} are wanted"


def _least_words(group: KeywordGroup, language: str) -> int:
    """The fewest words that satisfy a group: k of them where each is one word."""
    phrases = {stems(word, language) for word in group.words}
    return min(needed(group), len(phrases)) if all(len(phrase) == 1 for phrase in phrases) else 1


def _of_complexity(wanted: Constraints, length: Length, language: str) -> Iterator[str]:
    """Sentences that must be so long that the easiest words don't make the text easy."""
    scale = scale_of(language)
    (fewest, _), (_, sentences) = length.bounds("words"), length.bounds("sentences")
    if wanted.complexity is None or scale is None or fewest is None or sentences is None:
        return
    easiest = scale.easiest(fewest / sentences)
    if LEVELS.index(scale.level(easiest)) > LEVELS.index(wanted.complexity):
        name = scale.name.replace("_", " ")
        yield (
            f"{fewest} words in at most {sentences} sentences have a {name} of {easiest:.1f} or more, "
            f"and complexity {wanted.complexity} is {scale.band(wanted.complexity)}"
        )
