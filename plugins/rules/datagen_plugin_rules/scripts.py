"""How much of a text is written in a script. Ranges are Unicode blocks; a test compares them with the names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_HAN = "\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = (
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
    "\U0001aff0-\U0001afff\U0001b000-\U0001b16f"
)
_HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"
_BOPOMOFO = "\u3105-\u312f\u31a0-\u31bf"

_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "latin": (
            "A-Za-zªºÀ-ÖØ-öø-\u02af\u1d00-\u1d25\u1d2c-\u1d5c\u1d62-\u1d65\u1d6b-\u1d77\u1d79-\u1dbe"
            "\u1e00-\u1eff\u2071\u207f\u2090-\u209c\u212a\u212b\u2132\u214e\u2184\u2c60-\u2c7f\ua722-\ua787"
            "\ua78b-\ua7ff\uab30-\uab5a\uab5c-\uab64\uab66-\uab69\ufb00-\ufb06\uff21-\uff3a\uff41-\uff5a"
            "\U00010780-\U000107bf\U0001df00-\U0001dfff"
        ),
        "greek": "\u0370-\u03e1\u03f0-\u03ff\u1d26-\u1d2a\u1d5d-\u1d61\u1d66-\u1d6a\u1f00-\u1fff\u2126\uab65",
        "cyrillic": ("\u0400-\u052f\u1c80-\u1c8f\u1d2b\u1d78\u2de0-\u2dff\ua640-\ua69f\U0001e030-\U0001e08f"),
        "hebrew": "\u0590-\u05ff\ufb1d-\ufb4f",
        "arabic": (
            "\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefe\U00010ec0-\U00010eff"
            "\U0001ee00-\U0001eeff"
        ),
        "devanagari": "\u0900-\u097f\ua8e0-\ua8ff\U00011b00-\U00011b5f",
        "thai": "\u0e01-\u0e3a\u0e40-\u0e5b",
        "han": _HAN,
        "japanese": _HAN + _KANA,
        "hangul": _HANGUL,
        "cjk": _HAN + _KANA + _HANGUL + _BOPOMOFO,
    }
)
"""Charset → the characters that are its letters."""

_PATTERNS = MappingProxyType({name: re.compile(f"[{chars}]+") for name, chars in _LETTERS.items()})


def charset_share(text: str, charset: str) -> float:
    """The share, in [0, 1], of the text's letters that are of this charset.

    For `ascii` all characters count, letters or not. Text without letters (empty, digits, emoji) has share 1.0:
    nothing in it is of another script. Combining marks aren't letters and count for nothing.

    Example:
        >>> charset_share("我用 iPad", "han")
        0.3333333333333333
    """
    if charset == "ascii":
        return 1.0 if text.isascii() else sum(map(str.isascii, text)) / len(text)
    letters = "".join(filter(str.isalpha, text))
    if not letters:
        return 1.0
    return (len(letters) - len(_PATTERNS[charset].sub("", letters))) / len(letters)
