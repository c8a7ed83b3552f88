"""Evidence of a verdict: where in a text something stands, and what."""

from __future__ import annotations

MAX_QUOTED_CHARS = 80


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
