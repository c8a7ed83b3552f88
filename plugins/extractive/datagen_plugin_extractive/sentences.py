"""Sentences with their offsets, and when a span reads as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datagen_core.segmentation import segmented

_END = re.compile(r"[.!?…][\"')\]*_”’]*(?=\s|$)|[。！？][”」』）]*")
_NO_END = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|al|approx|resp|incl|ca|Fig|Figs|Sec|Eq|No|Nos|Dr|Mr|Mrs|Ms|St|Inc|Ltd|Jr|ver|[A-Z])\.$"
)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, white space apart; brackets and inline code are never cut."""
    start = 0
    for end in _END.finditer(text):
        sentence = text[start : end.end()]
        if _NO_END.search(sentence[-12:]) or not _balanced(sentence):
            continue
        yield start + len(sentence) - len(sentence.lstrip()), end.end()
        start = end.end()
    rest = text[start:].strip()
    if rest:
        begin = text.index(rest, start)
        yield begin, begin + len(rest)


def words(text: str) -> int:
    """How many words; in scripts without spaces, pairs of letters."""
    return len(segmented(text).split())


def is_whole(text: str) -> bool:
    """Whether a span begins and ends like a sentence or paragraph, rather than in the middle of one."""
    return bool(_END.search(text[-6:])) and _END.search(text[-6:]).end() == len(text[-6:])  # type: ignore[union-attr]


def _balanced(text: str) -> bool:
    return (
        text.count("(") <= text.count(")") and text.count("[") <= text.count("]") and text.count("`") % 2 == 0
    )
