"""Length in words, sentences and characters, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from datagen_core.words import words
from datagen_plugin_controlled.config import Band, Length
from datagen_plugin_controlled.constraints import Constraint, Finding, found

BANDS: Mapping[Band, Length] = {
    "short": Length(min_words=1, max_words=40),
    "medium": Length(min_words=41, max_words=120),
    "long": Length(min_words=121, max_words=400),
}
"""In words; in letters where a script has no spaces between words. Our own bands."""

_DASHES = re.compile(r"[\u2013\u2014\u2026]")
_SENTENCE_END = re.compile(r"(?<=[.!?…؟۔।॥])[\"'”’»)\]]*\s+|[。！？｡]+|\n\s*\n")


def words_of(text: str) -> tuple[str, ...]:
    """What stands between spaces and holds a letter or digit, in small letters and without its signs.

    In scripts without spaces each letter is a word.

    Example:
        >>> words_of("Don't use well-known words!"), words_of("明天下雨。")
        (('dont', 'use', 'wellknown', 'words'), ('明', '天', '下', '雨'))
    """
    parts = ("".join(filter(_is_in_word, part)) for part in _DASHES.sub(" ", text).split())
    return words(" ".join(parts))


def count_words(text: str) -> int:
    """How many words `words_of` finds."""
    return len(words_of(text))


def _is_in_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) == "Mc"


def count_sentences(text: str) -> int:
    """Stretches with a letter or digit between ends of sentences or empty lines. "Dr. Ito" counts as two.

    Example:
        >>> count_sentences("Wait! It costs 3.5 euros."), count_sentences("你好。再见。")
        (2, 2)
    """
    return sum(any(map(str.isalnum, part)) for part in _SENTENCE_END.split(text))


COUNTS: Mapping[str, Callable[[str], int]] = {
    "words": count_words,
    "sentences": count_sentences,
    "chars": len,
}
"""Unit → how it is counted."""


def bounds_of(wanted: Band | Length) -> Length:
    """The bounds that a band's name stands for."""
    return BANDS[wanted] if isinstance(wanted, str) else wanted


class Size(Constraint):
    """A length within bounds, both included."""

    name = "length"

    def __init__(self, wanted: Band | Length) -> None:
        self.wanted = wanted if isinstance(wanted, str) else wanted.model_dump(mode="json", exclude_none=True)
        self._bounds = bounds_of(wanted)
        self._units = [unit for unit in COUNTS if self._bounds.bounds(unit) != (None, None)]

    def clause(self) -> str:
        """Each unit's bounds."""
        return f"Its length: {self.span()}."

    def span(self) -> str:
        """Such as `20 to 60 words, at most 3 sentences`."""
        return ", ".join(_span(*self._bounds.bounds(unit), unit) for unit in self._units)

    def check(self, text: str) -> Finding:
        """Measured: the number of each unit that has a bound."""
        counted = {unit: COUNTS[unit](text) for unit in self._units}
        said = ", ".join(f"{n} {_NAMES[unit]}" for unit, n in counted.items())
        fits = all(_is_within(n, *self._bounds.bounds(unit)) for unit, n in counted.items())
        return found(fits, f"it has {said}", **counted)


_NAMES = {"words": "words", "sentences": "sentences", "chars": "characters"}


def _is_within(n: int, low: int | None, high: int | None) -> bool:
    return (low is None or n >= low) and (high is None or n <= high)


def _span(low: int | None, high: int | None, unit: str) -> str:
    name = _NAMES[unit]
    if low is None or high is None:
        return f"at most {high} {name}" if low is None else f"at least {low} {name}"
    return f"{low} {name}" if low == high else f"{low} to {high} {name}"
