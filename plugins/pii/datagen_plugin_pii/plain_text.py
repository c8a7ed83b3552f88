"""A text as patterns read it: digits and full-width forms plain, invisible characters gone, places kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class PlainText:
    """The plain form of a text.

    Attributes:
        text: What patterns are matched against.
        places: Where each of its characters stands in the original; None where both are the same.

    Example:
        >>> plain = PlainText.of("call \\uff15\\u200b55")
        >>> plain.text, plain.span(5, 8)
        ('call 555', (5, 9))
    """

    text: str
    places: Sequence[int] | None = None

    @classmethod
    def of(cls, text: str) -> PlainText:
        """Of any text. Linear in its length."""
        if text.isascii():
            return cls(text)
        plain = [_plain(character) for character in text]
        if "" not in plain:
            return cls("".join(plain))
        return cls("".join(plain), [place for place, character in enumerate(plain) if character])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original, what is invisible within it included."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


@lru_cache(8192)
def _plain(character: str) -> str:
    """What a character is read as: one character, or none where it can't be seen."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Cf" or character == "\u034f" or "\ufe00" <= character <= "\ufe0f":
        return ""
    if category == "Zs":
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    if category == "No":
        return character
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 and folded.isascii() else character
