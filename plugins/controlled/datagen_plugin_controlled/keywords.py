"""Keywords in any inflection, at word boundaries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from datagen_core.jsontext import dumps
from datagen_core.languages import base
from datagen_core.words import words
from datagen_plugin_controlled.config import KeywordGroup
from datagen_plugin_controlled.constraints import Constraint, Finding, found

ALGORITHMS = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch",
    "en": "english", "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi",
    "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Language → the Snowball stemmer that all supported releases have; other languages are matched word by word."""

_SIGNS = re.compile(r"[^\w\s'’-]")
Stems = tuple[str, ...]


def has_stemmer(language: str) -> bool:
    """Whether inflections are seen through."""
    return base(language) in ALGORITHMS


def stems(text: str, language: str) -> Stems:
    """The stems of a text's words, in order; in scripts without spaces each letter is one.

    Example:
        >>> stems("Running shoes!", "en")
        ('run', 'shoe')
    """
    found_words = words(text)
    if not has_stemmer(language):
        return found_words
    code = base(language)
    return tuple(_stem(word, code) for word in found_words)


@lru_cache(maxsize=100_000)
def _stem(word: str, language: str) -> str:
    """One word's; the stemmers take some 40 µs for each."""
    return str(_stemmer(language).stemWord(word))


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(ALGORITHMS[language])


def has_phrase(text: Stems, phrase: Stems) -> bool:
    """Whether a phrase's stems stand in a text one after the other."""
    n = len(phrase)
    return any(text[at : at + n] == phrase for at in range(len(text) - n + 1))


class Keywords(Constraint):
    """Groups of words: all of them, at least k, or none.

    Words match by stem at word boundaries: `run` in "running", `art` not in "start". A phrase is its stems one after
    the other. A keyword with signs in it (`C++`, `50 %`) is matched letter by letter, whatever its case.
    """

    name = "keywords"

    def __init__(self, groups: Sequence[KeywordGroup], language: str) -> None:
        self.wanted = [group.model_dump(mode="json", exclude_none=True) for group in groups]
        self._groups, self._language = groups, language

    def clause(self) -> str:
        """One part for each group."""
        return " ".join(_clause(group) for group in self._groups)

    def check(self, text: str) -> Finding:
        """Measured: the words `missing` (or too few of) and those `forbidden` that are there."""
        there = stems(text, self._language)
        missing: list[str] = []
        forbidden: list[str] = []
        for group in self._groups:
            present = [word for word in group.words if is_in(word, text, there, self._language)]
            if group.mode == "none_of":
                forbidden += present
            elif len(present) < needed(group):
                missing += [word for word in group.words if word not in present]
        said = [f"missing {dumps(missing)}"] if missing else []
        said += [f"it uses {dumps(forbidden)}"] if forbidden else []
        return found(not said, ", ".join(said), missing=missing, forbidden=forbidden)


def is_in(word: str, text: str, there: Stems, language: str) -> bool:
    """Whether a keyword is in a text, whose stems are `there`."""
    if _SIGNS.search(word):
        return _literal(word.strip().casefold()).search(text.casefold()) is not None
    return has_phrase(there, stems(word, language))


def is_matchable(word: str) -> bool:
    """Whether there is anything in a keyword to look for."""
    return bool(words(word) or _SIGNS.search(word))


def _literal(word: str) -> re.Pattern[str]:
    """A word letter by letter, not within another where it begins or ends with a letter."""
    before, after = (r"(?<!\w)" if word[0].isalnum() else ""), (r"(?!\w)" if word[-1].isalnum() else "")
    return re.compile(before + re.escape(word) + after)


def needed(group: KeywordGroup) -> int:
    """How many of a group's words must be there."""
    if group.mode == "none_of":
        return 0
    return len(group.words) if group.mode == "all" else group.k or 1


def _clause(group: KeywordGroup) -> str:
    listed = ", ".join(map(dumps, group.words))
    if group.mode == "none_of":
        return f"It uses none of these words, in no inflection: {listed}."
    if group.mode == "at_least":
        return f"It uses at least {needed(group)} of these words, inflected as the sentence needs: {listed}."
    return f"It uses each of these words, inflected as the sentence needs: {listed}."
