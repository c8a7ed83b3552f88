"""What the formulas count in a text: sentences, words, letters, syllables."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from datagen_core.protected_spans import Protection
from datagen_core.sentences import sentences as spans

LONG_WORD_LETTERS = 7
"""A long word of LIX, RIX and the Wiener Sachtextformel has more than six letters."""
POLYSYLLABLES = 3

_PROTECTION = Protection()
_LEFT_OUT = frozenset({"code", "url"})
_TAG = re.compile(r"</?[^\W\d][^<>\n]*>")
_DASH = re.compile(r"[—–/…]+")
_HEADING = re.compile(r"^#{1,6}\s.*$", re.MULTILINE)
_INFLECTED = re.compile(r"(?:es|ed|ing)$")


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of a text.

    Attributes:
        sentences: At least 1 where there is a word.
        words: What stands between white space and dashes and holds a letter or digit.
        letters: Letters of all words; `characters`: letters and digits.
        long_words: Words with more than six letters.
        syllables: Of all words; a number is a word of one syllable.
        polysyllables: Words of three syllables and more; `monosyllables`: of one.
        complex_words: The polysyllables that Gunning counts: without names, compounds with a hyphen, and words that are
            that long only by -es, -ed or -ing.
    """

    sentences: int
    words: int
    letters: int
    characters: int
    long_words: int
    syllables: int
    polysyllables: int
    monosyllables: int
    complex_words: int


def plain(text: str) -> str:
    """The text without code, URLs and tags, its lines kept."""
    out, end = [], 0
    text = _TAG.sub(" ", text)
    for span in _PROTECTION.spans(text):
        if span.kind in _LEFT_OUT:
            out += [text[end : span.start], " "]
            end = span.end
    return "".join([*out, text[end:]])


def sentences(text: str) -> list[str]:
    """The sentences as the core cuts them; a heading is one too.

    Example:
        >>> sentences("Dr. Ito paid 3.5 euros. Why?")
        ['Dr. Ito paid 3.5 euros.', 'Why?']
    """
    text = _HEADING.sub(lambda match: f"\n{match[0]}\n", text)
    return [text[start:end] for start, end in spans(text)]


def words(text: str) -> list[str]:
    """The words, without the punctuation around them."""
    found = []
    for token in _DASH.sub(" ", text).split():
        start, end = 0, len(token)
        while start < end and not token[start].isalnum():
            start += 1
        while end > start and not _is_of_word(token[end - 1]):
            end -= 1
        if start < end:
            found.append(token[start:end])
    return found


def count(text: str, syllables: Callable[[str], int]) -> Counts:
    """The counts of a text that `plain` gave; `syllables` of a word by a language's rules."""
    per_sentence = [words(sentence) for sentence in sentences(text)]
    every = Counter(word for found in per_sentence for word in found)
    sizes = {word: syllables(word) if any(map(str.isalpha, word)) else 1 for word in every}
    letters = {word: sum(map(str.isalpha, word)) for word in every}
    named = Counter(word for found in per_sentence for word in found[1:] if word[:1].isupper())
    return Counts(
        sentences=len(per_sentence),
        words=every.total(),
        letters=sum(n * letters[word] for word, n in every.items()),
        characters=sum(n * sum(map(str.isalnum, word)) for word, n in every.items()),
        long_words=sum(n for word, n in every.items() if letters[word] >= LONG_WORD_LETTERS),
        syllables=sum(n * sizes[word] for word, n in every.items()),
        polysyllables=sum(n for word, n in every.items() if sizes[word] >= POLYSYLLABLES),
        monosyllables=sum(n for word, n in every.items() if sizes[word] == 1),
        complex_words=sum(
            n - named[word] for word, n in every.items() if _is_complex(word, sizes[word], syllables)
        ),
    )


def _is_complex(word: str, size: int, syllables: Callable[[str], int]) -> bool:
    if size < POLYSYLLABLES or "-" in word:
        return False
    return syllables(_INFLECTED.sub("", word.lower())) >= POLYSYLLABLES


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"
