"""Something found in a text, and which of several that overlap counts."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from datagen_plugin_pii.config import Kind

MAX_MASKED_CHARS = 40
RANKS: dict[str, int] = {"SECRET": 0, "CREDIT_CARD": 0, "IBAN": 0, "CRYPTO": 0, "NATIONAL_ID": 0, "PHONE": 2}
"""Where two overlap the lower rank counts: what a checksum confirms, any other pattern (1), phone numbers."""


def is_of_word(character: str) -> bool:
    """Whether a character is a letter, a digit, or a combining mark such as a vowel sign.

    Example:
        >>> [is_of_word(character) for character in "a1\\u0301_"]
        [True, True, True, False]
    """
    return character.isalnum() or is_mark(character)


def is_mark(character: str) -> bool:
    """Whether a character combines with the one before it."""
    return unicodedata.category(character).startswith("M")


@dataclass(frozen=True, slots=True)
class Finding:
    """A span `[start:end]` of a text; `value` is what stands there, which no message ever shows."""

    kind: Kind
    start: int
    end: int
    value: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The value with a star for each letter, mark on one and digit, so that its form can be seen and nothing of it.

        Example:
            >>> Finding("EMAIL", 0, 9, "a@foo.org").masked
            '*@***.***'
        """
        stars = "".join("*" if is_of_word(character) else character for character in self.value)
        return stars if len(stars) <= MAX_MASKED_CHARS else stars[: MAX_MASKED_CHARS - 1] + "…"


class Claims:
    """Findings none of which touches another, in text order."""

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        self.found: list[Finding] = []
        self._starts: list[int] = []
        for one in sorted(found, key=lambda one: (RANKS.get(one.kind, 1), one.start - one.end, one.start)):
            self.take(one)

    def is_free(self, start: int, end: int) -> bool:
        """Whether no finding touches `[start:end]`."""
        at = bisect_left(self._starts, start)
        before = at == 0 or self.found[at - 1].end <= start
        return before and (at == len(self._starts) or end <= self._starts[at])

    def take(self, one: Finding) -> None:
        """Adds a finding, unless another has its place."""
        if self.is_free(one.start, one.end):
            at = bisect_left(self._starts, one.start)
            self._starts.insert(at, one.start)
            self.found.insert(at, one)
