"""How many tokens a text is, told from its characters: no tokenizer, no download."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate

_TOKEN = re.compile(
    r" ?(?:[A-Za-z]{1,8}"  # a space belongs to what comes after it
    r"|[0-9]{1,3}"
    r"|[!-/:-@\[-`{-~]{1,3}"
    r"|[\u0370-\u05ff]{1,4}"  # Greek, Cyrillic, Hebrew
    r"|[\u0600-\u0dff]{1,3}"  # Arabic and the scripts of India
    r"|[\u0e00-\u0fff\uac00-\ud7af]{1,2}"  # Thai, Lao, Tibetan, Korean
    r"|[\u2e80-\uabff\ud7b0-\uffff]{1,2}"  # Chinese, Japanese
    r"|[^\s!-~\u0370-\u0fff\u2e80-\uffff]{1,3})"
    r"|\n\s{0,15}|\s{1,16}"
)
_WIDE = re.compile(r"[\u2e80-\uabff\ud7b0-\uffff]{3}")
"""Chinese and Japanese are five tokens to six characters: one for each two, and one more for each three."""


def count_tokens(text: str) -> int:
    """About as many tokens as a model of today counts; in linear time, and 0 for an empty text.

    Totals against o200k_base: within 12 % for en, de, es, fr, ru, tr, ar, hi, bn, te, th, zh, ja, Markdown, RST, HTML,
    Python, JavaScript, C and JSON; a third too few for Swahili, whose long words look like English.

    Example:
        >>> count_tokens("Offline, and good enough to cut by.")
        9
    """
    return len(_TOKEN.findall(text)) + (0 if text.isascii() else len(_WIDE.findall(text)))


class TokenCounts:
    """The tokens of any part of a text, which is read once: what is asked often costs nothing."""

    def __init__(self, text: str) -> None:
        self._starts = array("Q", accumulate(map(len, _TOKEN.findall(text)), initial=0))
        wide = () if text.isascii() else (found.start() for found in _WIDE.finditer(text))
        self._wide = array("Q", wide)

    def between(self, start: int, end: int) -> int:
        """The tokens that `text[start:end]` has a part in: `count_tokens` of it, or a few more at its ends."""
        if end <= start:
            return 0
        tokens = bisect_left(self._starts, end) - bisect_right(self._starts, start) + 1
        return tokens + bisect_left(self._wide, end) - bisect_right(self._wide, start - 3)
