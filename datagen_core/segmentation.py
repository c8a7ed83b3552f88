"""Tokens for scripts without spaces: a word n-gram classifier sees a Chinese or Thai sentence as one word."""

from __future__ import annotations

import re

_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0ebd\u0ec0-\u0ece\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u1050-\u109d"  # Myanmar
    "\u1780-\u17d3\u17d7\u17dc\u17dd"  # Khmer
    "\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
    "\u3105-\u312f\u31a0-\u31bf"  # Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
_RUN = re.compile(f"[{_UNSPACED}]+")
_MARK = re.compile(r"\W")


def segmented(text: str) -> str:
    """The text with each run of a script without spaces replaced by its overlapping pairs of letters.

    Vowel and tone marks in such runs are dropped, for the classifier's tokens end at them; a single letter is
    doubled, for they have at least two characters. Other text is returned as it is.

    Example:
        >>> segmented("play 我要听歌!")
        'play  我要 要听 听歌 !'
    """
    return text if text.isascii() else _RUN.sub(_pairs, text)


def _pairs(run: re.Match[str]) -> str:
    letters = _MARK.sub("", run[0])
    if len(letters) == 1:
        letters *= 2
    pairs = (letters[i : i + 2] for i in range(len(letters) - 1))
    return f" {' '.join(pairs)} "
