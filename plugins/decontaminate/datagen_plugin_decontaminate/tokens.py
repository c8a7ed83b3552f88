"""Text as the tokens that n-grams are made of, each with its place in the text.

Normalised as the GPT-3 paper has it (appendix C): lower case, no punctuation. The punctuation goes before words are
told apart, so that a lone dash leaves nothing behind (lm-evaluation-harness splits first, and misses such text).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # CJK radicals, kana, Bopomofo
    (0x31A0, 0x31FF),  # Bopomofo and kana extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # CJK compatibility
    (0xFF66, 0xFF9F),  # half-width kana
    (0x1B000, 0x1B16F),  # kana supplements
    (0x20000, 0x3FFFF),  # CJK extensions B and later
)
"""Scripts without spaces between words: each character is a token."""
_POINTED = (0x0590, 0x06FF)
"""Hebrew and Arabic, where points over letters are written or not as one likes."""
_TATWEEL = 0x0640
_CLASS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _UNSPACED)
_VOICED = "\u3099\u309a\uff9e\uff9f"  # kana marks that compose with what stands before them
_PIECE = re.compile(f"[{_CLASS}][{_VOICED}]*|[^\\s{_CLASS}]+")
_ASCII_PIECE = re.compile(r"\S+")
_REMEMBERED_CHARS = 40


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text in order: 64-bit hashes, which are characters of scripts without spaces, and places.

    `text[starts[i]:ends[i]]` holds the i-th, with the signs that touch it.
    """

    hashes: list[int]
    are_characters: list[bool]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.hashes)


def tokens(text: str) -> Tokens:
    """The tokens; none of a text of signs alone.

    Case, compatibility forms (NFKC), punctuation, symbols, control characters and the points of Hebrew and Arabic
    count for nothing. Signs within a word go without a gap: `state-of-the-art` is one token, as in the source.
    """
    found = Tokens([], [], [], [])
    for match in (_ASCII_PIECE if text.isascii() else _PIECE).finditer(text):
        piece = match[0]
        for value, is_character in _known(piece) if len(piece) <= _REMEMBERED_CHARS else _hashed(piece):
            found.hashes.append(value)
            found.are_characters.append(is_character)
            found.starts.append(match.start())
            found.ends.append(match.end())
    return found


def _hashed(piece: str) -> tuple[tuple[int, bool], ...]:
    plain = unicodedata.normalize("NFKC", piece).casefold().translate(_KEPT)
    return tuple((_hash(word), _is_unspaced(ord(word[0]))) for word in plain.split())


_known = lru_cache(maxsize=1 << 16)(_hashed)


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class _Kept(dict[int, str]):
    """Character table for `str.translate`, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = _kept(code)
        return self[code]


def _kept(code: int) -> str:
    char, category = chr(code), unicodedata.category(chr(code))
    if char.isspace():
        return " "
    if category[0] in "PSC" or code == _TATWEEL:
        return ""
    unspaced = _is_unspaced(code)
    if category == "Mn" and (unspaced or _POINTED[0] <= code <= _POINTED[1]):
        return ""
    return f" {char} " if unspaced else char


def _is_unspaced(code: int) -> bool:
    return any(first <= code <= last for first, last in _UNSPACED)


_KEPT = _Kept()
