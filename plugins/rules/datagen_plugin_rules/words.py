"""Words, sentences and repetition of a text in any script. Each function is linear in the text's length."""

from __future__ import annotations

import re

_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"  # Thai
    "\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd\u0ec0-\u0ec6\u0edc-\u0edf"  # Lao
    "\u1000-\u102a\u103f\u1050-\u1055"  # Myanmar
    "\u1780-\u17b3\u17d7\u17dc"  # Khmer
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"  # kana
    "\u3105-\u312f\u31a0-\u31bf"  # Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
"""Letters of scripts that put no space between words; combining marks are left out."""

_EAST_ASIAN_PUNCTUATION = "\u3001-\u3004\u3008-\u3020\u30fb\uff01-\uff0f\uff1a-\uff20"

_WORD = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}][^\\s{_UNSPACED}{_EAST_ASIAN_PUNCTUATION}]*")
_ASCII_WORD = re.compile(r"[^\W_]\S*")
"""`_WORD` on text that is all ASCII; a third of its time."""

_SENTENCE_END = re.compile(r"(?<=[.!?…؟۔।॥])[\"'”’»)\]]*\s+|[。！？｡]+|\n\s*\n")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_RUN = re.compile(r"(\S)\1+")
_TRAILING = ".,;:!?…؟۔।\"'”’»)]}"


def words(text: str) -> list[str]:
    """The words, in order, with the punctuation that follows them.

    A word is what stands between white space and holds a letter or digit, from its first letter or digit on.
    In scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) each letter is a word.

    Example:
        >>> words("Don't play 音乐 - now!")
        ["Don't", 'play', '音', '乐', 'now!']
    """
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def count_words(text: str) -> int:
    """How many words `words` finds; 0 for empty text."""
    return len(words(text))


def count_sentences(text: str) -> int:
    """How many stretches with a letter or digit the ends of sentences leave; 0 for empty text.

    A sentence ends at `. ! ? …` (and the Arabic, Urdu and Hindi stops) before white space, at `。！？`, or at an
    empty line. So `3.5` ends none, and `Dr. Ito` counts as two.
    """
    return sum(1 for part in _SENTENCE_END.split(text) if _LETTER_OR_DIGIT.search(part))


def repetition_rate(text: str, n: int = 3) -> float:
    """The share, in [0, 1), of word n-grams that repeat an earlier one: (all − distinct) / all.

    Case and trailing punctuation don't count. 0.0 for text of fewer than n words.

    Example:
        >>> repetition_rate("go on now, go on now")  # go-on-now, on-now-go, now-go-on, go-on-now
        0.25
    """
    plain = [word.rstrip(_TRAILING) for word in words(text.casefold())]
    if len(set(plain)) == len(plain):
        return 0.0
    grams = list(zip(*(plain[i:] for i in range(n)), strict=False))
    return (len(grams) - len(set(grams))) / len(grams) if grams else 0.0


def longest_run(text: str) -> int:
    """The length of the longest run of one character that is not white space; 0 for blank text."""
    longest = max((match.end() - match.start() for match in _RUN.finditer(text)), default=1)
    return longest if longest > 1 or text.strip() else 0
