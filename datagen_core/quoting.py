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

    None where it doesn't: also where it would begin or end within a word or number (letters of ASCII: other scripts
    may have no spaces), and for a quote without a letter or digit, which proves nothing.

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
        if not _goes_on(text[max(0, start - 1) : start + 1]) and not _goes_on(text[end - 1 : end + 1]):
            return start, end
    return None


def _goes_on(pair: str) -> bool:
    """Whether two neighbouring characters are of one word."""
    return len(pair) == 2 and pair.isascii() and pair.isalnum()
