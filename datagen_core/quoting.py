"""Evidence: where in a text something stands, and what; and whether words that were given as a quote stand there."""

from __future__ import annotations

MAX_QUOTED_CHARS = 80
MAX_PLACES = 1_000
"""Of a quote in a text that are looked at, so that a hostile pair of both costs little."""


def quoted(text: str, start: int, end: int) -> str:
    """A span as evidence shows it: its place in characters, then its words, at most 80 characters of them.

    Example:
        >>> quoted("call me at noon", 11, 15)
        '11–15: «noon»'
    """
    found = text[start:end]
    if len(found) > MAX_QUOTED_CHARS:
        found = found[: MAX_QUOTED_CHARS - 1] + "…"
    return f"{start}–{end}: «{found}»"


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, literally but for white space: `text[start:end]`, the first of such places.

    None where it doesn't: also where it would begin or end within a word or number (of scripts that put spaces between
    words), and for a quote without a letter or digit, which proves nothing.

    Example:
        >>> find_quote("high  tide", "At high\\ntide the sea"), find_quote("igh tide", "At high tide")
        ((3, 12), None)
    """
    wanted, among = "".join(quote.split()), "".join(text.split())
    if not any(map(str.isalnum, wanted)) or wanted not in among:
        return None
    places = [place for place, char in enumerate(text) if not char.isspace()]
    at = -1
    for _ in range(MAX_PLACES):
        at = among.find(wanted, at + 1)
        if at < 0:
            break
        start, end = places[at], places[at + len(wanted) - 1] + 1
        if not _is_within(text, start) and not _is_within(text, end) and not _loses_a_sign(text, start):
            return start, end
    return None


def _is_within(text: str, at: int) -> bool:
    """Whether a place lies within a word or number: "1|0", "1|.5", "1.|5", "isn|'t"."""
    before, after = text[max(0, at - 2) : at], text[at : at + 2]
    if _is_spaced(before[-1:]) and _is_spaced(after[:1]):
        return True
    for left, mark, right in ((before[-1:], after[:1], after[1:]), (before[:-1], before[-1:], after[:1])):
        joins = mark in ".," and left.isdigit() and right.isdigit()
        if mark and (joins or (mark in "'’" and _is_spaced(left) and _is_spaced(right))):
            return True
    return False


def _is_spaced(char: str) -> bool:
    """A letter or digit of Latin, Greek, Cyrillic … : before the first block of a script without spaces."""
    return char.isalnum() and char < "\u0900"


def _loses_a_sign(text: str, start: int) -> bool:
    """Whether a minus belongs to the number that begins here."""
    is_signed = text[start : start + 1].isdigit() and text[max(0, start - 1) : start] in ("-", "−")
    return is_signed and not text[max(0, start - 2) : max(0, start - 1)].isalnum()
