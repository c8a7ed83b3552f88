"""The sentences of a text, in any script that marks where they end."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSING = r"[\"'”’»›)\]」』）】》*_]*+"
_END = re.compile(
    rf"(?P<spaced>[.!?…]++){_CLOSING}"
    r"|[。！？｡．؟۔।॥။។៕།።፧։๛]++[.!?…]*+"
    + _CLOSING
    + r"|\n[^\S\n]*\n\s*+|\n(?=[^\S\n]*(?:[-*+•–]|\d{1,3}[.)])\s)"
)
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\[\"“«])(?:e\.g|i\.e|z\.B|p\.ex|etc|vs|cf|al|approx|resp|incl|ca|Figs?|Sec|Eq|Nos?|Dr|Mr|Mrs|Ms|Prof|St|Inc|Ltd"
    r"|Jr|Sr|[^\W\d_])\.$"
)
_MARKER = re.compile(r"\s*(?:[-*+•–]|\d{1,3}[.)])?\s*")
_SAID = re.compile(r"[^\W_]")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence in characters, white space around it apart; linear in the text's length.

    A sentence ends at `. ! ? …` before white space, at the stops of Chinese, Japanese, Arabic, Urdu, Hindi, Burmese,
    Khmer, Tibetan, Amharic and Armenian, at an empty line, and where the next line is an item of a list. `3.5` ends
    none, and neither does a common abbreviation or an initial (`e.g.`, `Dr.`, `J.`). Thai and Lao mark no ends: such a
    paragraph is one sentence. What has no letter or digit is none.

    Example:
        >>> text = "Dr. Ito paid 3.5 euros. 你好。再见！"
        >>> [text[start:end] for start, end in sentences(text)]
        ['Dr. Ito paid 3.5 euros.', '你好。', '再见！']
    """
    start = 0
    for end in _END.finditer(text):
        if end["spaced"] and not _ends(text, start, end):
            continue
        yield from _trimmed(text, start, end.end())
        start = end.end()
    yield from _trimmed(text, start, len(text))


def _ends(text: str, start: int, end: re.Match[str]) -> bool:
    if end.end() < len(text) and not text[end.end()].isspace():
        return False
    if end["spaced"] != ".":
        return True
    is_marker = end.end() - start < 12 and _MARKER.fullmatch(text, start, end.end())
    return not is_marker and not _ABBREVIATED.search(text, max(start, end.end() - 12), end.end())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    found = text[start:end]
    if _SAID.search(found):
        begin = start + len(found) - len(found.lstrip())
        yield begin, begin + len(found.strip())
