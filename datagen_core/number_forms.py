"""Numbers as people write them, in the digits of any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

MAX_DIGITS = 40
"""A longer run of digits is a code, not a quantity."""

MAX_CHARS = 200

_SIGNED = r"(?P<sign>(?<![\w.,)])[+-])?\s?\$?\s?"
_BODY = r"(?P<body>(?<![\w.,])\d+(?:[.,' ]\d+)*|(?<![\w.,])\.\d+)"
_MORE = r"(?:(?P<power>e[+-]?\d{1,2})(?!\w)|\s?/\s?(?P<below>\d+)(?![\d/.,]))?"
_NUMBER = re.compile(_SIGNED + _BODY + _MORE)
_BEFORE = r"(?:[a-z]\s?=|usd|eur|gbp|chf|jpy|cny|inr|rs\.?)?[~≈=:\s]*"
_LETTERS = r"[^\d\s!-/:-@\[-`{-~]+"
_WORD = rf"{_LETTERS}(?:[./]{_LETTERS})?"
_UNIT = rf"\s?[%°$]?(?:\s?{_WORD}(?:\s+{_WORD}){{0,3}})?\.?"
_WHOLE = re.compile(_BEFORE + _NUMBER.pattern + _UNIT)
"""A number, with a variable or a currency before it and at most four words (its unit) after it."""

_THOUSANDS = re.compile(r"\d{1,3}(?:([,' .])\d{3})(?:\1\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}")
_MIXED = re.compile(r"(\d+) (\d+)")
_ALIKE = str.maketrans(
    {"−": "-", "–": "-", "٫": ".", "٬": ",", "’": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
)
_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
WORDS = {word: Fraction(at) for at, word in enumerate(_WORDS.split())}
"""English only; other languages' numbers must be in digits."""


def number(text: str) -> Fraction | None:
    """The number that a short text is: `-3`, `1,234.5`, `$5`, `5 apples`, `3/4`, `1½`, `٣`, `五`; None of other texts.

    A unit is passed over. A single separator before three digits marks thousands if it is a comma, an apostrophe or a
    space, a decimal if it is a point; two different ones are thousands and decimals in this order.

    Example:
        >>> number("$1,250.50"), number("5 apples"), number("5 of 6")
        (Fraction(2501, 2), Fraction(5, 1), None)
    """
    text = text.strip().casefold().rstrip(".。")
    if text in WORDS:
        return WORDS[text]
    if len(text) > MAX_CHARS or any(map(_is_raised, text)):
        return None
    if len(text) == 1 and (value := unicodedata.numeric(text, None)) is not None:
        return Fraction(value).limit_denominator(1000)
    found = _WHOLE.fullmatch(in_ascii_digits(text))
    return _value(found) if found else None


def numbers(text: str) -> Iterator[Fraction]:
    """All numbers in a text, in order."""
    for found in _NUMBER.finditer(in_ascii_digits(text.casefold())):
        value = _value(found)
        if value is not None:
            yield value


def in_ascii_digits(text: str) -> str:
    """The text with digits, signs and separators of all scripts in their ASCII forms; ½ becomes ` 1/2`."""
    return text.translate(_ALIKE) if text.isascii() else text.translate(_ALIKE).translate(_DIGITS)


def _is_raised(char: str) -> bool:
    """Whether it is an exponent or index: 10² isn't 102."""
    return unicodedata.decomposition(char).startswith(("<super>", "<sub>"))


def _value(found: re.Match[str]) -> Fraction | None:
    body, below, power = found["body"], found["below"], found["power"]
    if len(body) > MAX_DIGITS or len(below or "") > MAX_DIGITS:
        return None
    mixed = _MIXED.fullmatch(body) if below else None
    value = Fraction(mixed[1]) if mixed else _decimal(body)
    if value is None or (below is not None and not int(below)):
        return None
    if mixed:
        value += Fraction(int(mixed[2]), int(below))
    elif below:
        value /= int(below)
    value *= Fraction(10) ** int(power[1:]) if power else 1
    return -value if found["sign"] == "-" else value


def _decimal(body: str) -> Fraction | None:
    """What digits with separators between them mean; None where they are several numbers, a date, a version."""
    last = max(body.rfind("."), body.rfind(","))
    if last > 0 and body[last] not in body[:last] and re.search(r"[.,' ]", body[:last]):
        whole, part = body[:last], body[last + 1 :]
        return (
            Fraction(f"{_digits(whole)}.{part}") if _THOUSANDS.fullmatch(whole) and part.isdigit() else None
        )
    is_one_point = body.count(".") == 1
    if _THOUSANDS.fullmatch(body) and not is_one_point and not body.startswith("0"):
        return Fraction(_digits(body))
    plain = body.replace(",", ".")
    return Fraction(plain) if re.fullmatch(r"\d*\.?\d+", plain) else None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


class _Digits(dict[int, str]):
    """Character table for `str.translate`, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        digit = unicodedata.decimal(char, None)
        if digit is not None:
            self[code] = str(digit)
        elif unicodedata.decomposition(char).startswith("<fraction>"):
            self[code] = " " + unicodedata.normalize("NFKC", char).replace("\u2044", "/")
        elif unicodedata.category(char) == "Sc":
            self[code] = "$"
        else:
            self[code] = (
                unicodedata.normalize("NFKC", char) if unicodedata.east_asian_width(char) == "F" else char
            )
        return self[code]


_DIGITS = _Digits()
