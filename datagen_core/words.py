"""The words of a text, in any script.

For ASCII text these are the tokens of rouge_score's default tokenizer without stemming (lower case, runs of a-z and
0-9). That tokenizer takes every other letter for a gap, so that two Chinese texts are always 0.0 alike; here letters of
all scripts count.
"""

from __future__ import annotations

import re
import unicodedata

_ASCII_WORD = re.compile(r"[a-z0-9]+")

_WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # CJK radicals, Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31FF),  # Bopomofo and Katakana extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # CJK compatibility
    (0x1B000, 0x1B16F),  # Kana supplements
    (0x20000, 0x3FFFF),  # CJK extensions B and later
)
"""Scripts written without spaces between words: each character is a word. Korean has spaces."""


def words(text: str) -> tuple[str, ...]:
    """The words in order, folded for case and compatibility forms (NFKC); none where there are only signs.

    Letters, accents and digits of spaced scripts make words; characters of unspaced scripts and pictographs (emoji) are
    words of their own; everything else separates.

    Example:
        >>> words("Don't STOP – 再见 👍")
        ('don', 't', 'stop', '再', '见', '👍')
    """
    if text.isascii():
        return tuple(_ASCII_WORD.findall(text.lower()))
    return tuple(unicodedata.normalize("NFKC", text).casefold().translate(_SPACING).split())


class _Spacing(dict[int, str]):
    """Character table for `str.translate`, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = _spaced(code)
        return self[code]


def _spaced(code: int) -> str:
    char, category = chr(code), unicodedata.category(chr(code))
    if 0xFE00 <= code <= 0xFE0F:  # variation selectors: how a sign is drawn, not what it is
        return ""
    if category[0] not in "LMN" and not (category == "So" and code > 0x7F):
        return " "
    alone = category == "So" or any(first <= code <= last for first, last in _WITHOUT_SPACES)
    return f" {char} " if alone else char


_SPACING = _Spacing()
