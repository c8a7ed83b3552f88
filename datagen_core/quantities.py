"""The numbers of a text with their units, and its dates, in forms that can be compared: `1,000` is `1000` is `1 000`.

Digits of any script are read. Number words are English, up to twenty; month names are English; Chinese numerals aren't
read. What could be meant in two ways (`1,234`: thousands, or a decimal comma) is taken in either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

MAX_DIGITS = 24
"""A longer number is compared as it is written."""

_UNITS: Mapping[str, str] = {
    "%": "% percent percents percentage percentages pct pourcentage percentagem percentual porcentaje prozent procent "
    "процент процента процентов パーセント 퍼센트 เปอร์เซ็นต์ प्रतिशत",
    "km": "km kilometre kilometres kilometer kilometers",
    "m": "m metre metres meter meters",
    "cm": "cm centimetre centimetres centimeter centimeters",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "mile": "mi mile miles",
    "foot": "ft foot feet",
    "inch": "inch inches",
    "kg": "kg kilogram kilograms kilo kilos",
    "g": "g gram grams",
    "mg": "mg milligram milligrams",
    "t": "t tonne tonnes ton tons",
    "pound": "lb lbs",
    "l": "l L litre litres liter liters",
    "ml": "ml mL millilitre millilitres milliliter milliliters",
    "s": "s sec secs second seconds",
    "ms": "ms millisecond milliseconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "day": "day days",
    "week": "week weeks",
    "month": "month months",
    "year": "year years yr yrs",
    "°C": "°C ℃ celsius",
    "°F": "°F ℉ fahrenheit",
    "V": "V volt volts",
    "W": "W watt watts",
    "kW": "kW kilowatt kilowatts",
    "kWh": "kWh",
    "Hz": "Hz hertz",
    "kHz": "kHz",
    "MHz": "MHz",
    "GHz": "GHz",
    "B": "B byte bytes",
    "kB": "kB KB kilobyte kilobytes",
    "MB": "MB megabyte megabytes",
    "GB": "GB gigabyte gigabytes",
    "TB": "TB terabyte terabytes",
    "KiB": "KiB",
    "MiB": "MiB",
    "GiB": "GiB",
    "km/h": "km/h kph",
    "mph": "mph",
    "m/s": "m/s",
    "$": "$ USD dollar dollars",
    "€": "€ EUR euro euros",
    "£": "£ GBP",
    "¥": "¥ JPY CNY yen yuan",
    "₹": "₹ INR rupee rupees",
}
_UNIT_OF = {form: unit for unit, forms in _UNITS.items() for form in forms.split()}
_FOLDED = {form.casefold(): unit for form, unit in _UNIT_OF.items() if len(form) > 3}
"""Words may begin with a capital; of symbols the case tells: mg is no Mg."""
_TIMES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_WORDS = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_NUMBER = (
    r"\d{1,3}(?P<group>[,.'’ ])\d{3}(?:(?P=group)\d{3})*+(?!\d)(?:[.,]\d+)?"
    r"|\d{1,2}(?:,\d{2}(?!\d))++,\d{3}(?!\d)(?:\.\d+)?"  # 12,34,567, as in India
    r"|\d+(?:[.,]\d+)?|\.\d+"
)
_FOUND = re.compile(
    rf"(?=[-+.\d]|\b(?:{'|'.join((*_WORDS, *_MONTHS))})|^[^\S\n]*\(?\d)"  # elsewhere none can begin: saves time
    rf"(?:(?P<item>^[^\S\n]*\(?\d{{1,3}}[.)](?=\s))"  # the number of a list's item says nothing
    rf"|(?<![\w.,/-])(?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})(?![\d-])"
    rf"|(?<![\w.,/-])(?P<slashed>\d{{1,2}}([/.])\d{{1,2}}\4\d{{4}})(?![\d/])"
    rf"|(?P<han>\d{{4}}年\d{{1,2}}月(?:\d{{1,2}}[日号])?)"
    rf"|(?<!\w)(?P<dmy>{_DAY}(?: of)?[ -]{_MONTH},?[ -]\d{{4}})(?!\d)"
    rf"|(?<!\w)(?P<mdy>{_MONTH} {_DAY},? \d{{4}})(?!\d)"
    rf"|(?<!\w)(?P<my>{_MONTH},? \d{{4}})(?!\d)"
    r"|(?<![A-Za-z_\d])(?P<written>\d+(?::\d+)++|(?!\d{1,3}(?:\.\d{3})++(?![.\d]))\d+(?:\.\d+){2,}+)"
    rf"|(?<![A-Za-z_\d])(?P<number>(?:(?<![\w.)\]])[-+])?(?:{_NUMBER}))"
    rf"|(?<![\w-])(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
    r"(?![\w'’]|-(?:one|two|three|four|five|six|seven|eight|nine)\b|[ -](?:third|quarter|fifth|tenth)s?\b))",
    re.IGNORECASE | re.MULTILINE,
)
_PERCENT = re.compile(
    r"[ -]?(?:%|per[ -]?cent(?:age)?\b|pour cent\b|por cento\b|por ciento\b|في المئة|في المائة|بالمئة|بالمائة)",
    re.IGNORECASE,
)
_PERCENT_WORDS = re.compile(
    r"%|per ?cent|pour cent|por cent|por cient|مئة|مائة|مئوية|百分|ร้อยละ", re.IGNORECASE
)
_PERCENT_BEFORE = re.compile(r"(?:百分之|ร้อยละ)\s?\Z")
_TIMES_AFTER = re.compile(rf"[ -]({'|'.join(_TIMES)})\b", re.IGNORECASE)
_UNIT_AFTER = re.compile(r"[ -]?([$€£¥₹℃℉]|°?[^\W\d_]+(?:/[^\W\d_]+)?)(?![^\W_])")
_UNIT_WORD = re.compile(r"[$€£¥₹℃℉]|°?[^\W\d_]+(?:/[^\W\d_]+)?")
_CURRENCIES = "$€£¥₹"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, a date or the like at `text[start:end]`.

    Attributes:
        readings: What it may mean; each is a number of values that must all be there.
        unit: The unit's usual symbol; None where it has none that is known.
        dates: (year, month, day) that it may mean; day 0 is any. Empty: no date.
        written: What is compared as written: a time, a version, a number of very many digits.
        is_one: The word one, which is a pronoun more often than a number.
    """

    start: int
    end: int
    readings: tuple[tuple[Decimal, ...], ...] = ()
    unit: str | None = None
    dates: tuple[tuple[int, int, int], ...] = ()
    written: str = ""
    is_one: bool = False


def quantities(text: str) -> Iterator[Quantity]:
    """The numbers and dates of a text, in order; the numbers of a list's items are none. Linear in its length.

    Example:
        >>> [(str(q.readings[0][0]), q.unit) for q in quantities("1,000 km at ٥٠٪ of three")]
        [('1000', 'km'), ('50', '%'), ('3', None)]
    """
    plain = text if text.isascii() else text.translate(_PLAIN)
    for match in _FOUND.finditer(plain):
        kind = match.lastgroup or ""
        if kind == "written" or (kind == "number" and sum(map(str.isdigit, match[0])) > MAX_DIGITS):
            yield Quantity(match.start(), match.end(), written=match[0])
        elif kind in ("number", "word"):
            yield _amount(plain, match, kind)
        elif kind != "item":
            dates = tuple(_dates(kind, match[0]))
            numbers = tuple(Decimal(n) for n in re.findall(r"\d+", match[0]))
            yield Quantity(match.start(), match.end(), (numbers,), dates=dates)


class HeldQuantities:
    """The quantities of sources, to look others up in.

    A number is held where the same value is, whatever the signs of grouping. A unit must be that of the number, or,
    where the number has none (in a table), be in the sources at all. `50 %` is held by `0.5` too, and `5` by `-5`.

    Args:
        text: The sources.
        units: Whether units count; tables often leave them out.
    """

    def __init__(self, text: str, *, units: bool = True) -> None:
        self._heeds_units = units
        self._units: dict[Decimal, set[str | None]] = {}
        self._dates: set[tuple[int, int, int]] = set()
        self._written: set[str] = set()
        self._named = _units_named(text)
        for found in quantities(text):
            self._add(found)

    def hold(self, wanted: Quantity) -> bool:
        """Whether a quantity is among them."""
        if wanted.written:
            return wanted.written in self._written
        if wanted.dates:
            return any(date in self._dates for date in wanted.dates)
        return any(all(self._has(value, wanted.unit) for value in values) for values in wanted.readings)

    def _add(self, found: Quantity) -> None:
        if found.written:
            self._written.add(found.written)
        for year, month, day in found.dates:
            self._dates |= {(year, month, day), (year, month, 0)}
        for value in (value for values in found.readings for value in values):
            for one in (value, abs(value)):
                self._units.setdefault(one, set()).add(found.unit)

    def _has(self, value: Decimal, unit: str | None) -> bool:
        there = self._units.get(value, set())
        if unit is None or unit in there or not self._heeds_units:
            if there:
                return True
        elif None in there and unit in self._named:
            return True
        return unit == "%" and None in self._units.get(value.scaleb(-2), set())


def _amount(text: str, match: re.Match[str], kind: str) -> Quantity:
    is_word = kind == "word"
    said = match[0].casefold()
    readings = ((Decimal(_WORDS.index(said)),),) if is_word else _readings(match[0])
    end = match.end()
    if times := _TIMES_AFTER.match(text, end):
        power = _TIMES[times[1].casefold()]
        readings, end = tuple(tuple(v.scaleb(power) for v in values) for values in readings), times.end()
    before = text[max(0, match.start() - 8) : match.start()]
    if percent := _PERCENT.match(text, end):
        return Quantity(match.start(), percent.end(), readings, "%")
    if _PERCENT_BEFORE.search(before):
        return Quantity(match.start(), end, readings, "%")
    if before[-1:] and before[-1] in _CURRENCIES:
        return Quantity(match.start() - 1, end, readings, before[-1])
    unit = _UNIT_AFTER.match(text, end)
    known = _unit(unit[1]) if unit else None
    last = unit.end() if unit and known else end
    return Quantity(match.start(), last, readings, known, is_one=said == "one")


def _readings(number: str) -> tuple[tuple[Decimal, ...], ...]:
    """The values that digits with separators may stand for."""
    sign, digits = ("-" if number[0] == "-" else ""), number.lstrip("+-")
    marks = [c for c in digits if not c.isdigit()]
    groups = re.split(r"\D", digits)
    joined = Decimal(sign + "".join(groups))
    if not marks:
        return ((joined,),)
    decimal = Decimal(f"{sign}{''.join(groups[:-1]) or 0}.{groups[-1]}")
    if len(set(marks)) > 1:
        return ((decimal,),)
    are_grouped = len(groups[-1]) == 3 and groups[0] not in ("", "0")
    if marks[0] not in ",.":
        return ((joined,), tuple(map(Decimal, groups)))
    if not are_grouped:
        return ((decimal,),)
    return ((joined,),) if len(marks) > 1 else ((joined,), (decimal,))


def _dates(kind: str, text: str) -> Iterator[tuple[int, int, int]]:
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if kind in ("iso", "han"):
        year, month, *day = numbers
        yield year, month, (day or [0])[0]
    elif kind == "slashed":
        yield numbers[2], numbers[1], numbers[0]
        yield numbers[2], numbers[0], numbers[1]
    else:
        name = re.search(r"[^\W\d_]{3,}", text.casefold().replace("of ", ""))
        month = _MONTHS.index(name[0][:3]) + 1 if name else 0
        yield numbers[-1], month, numbers[0] if kind in ("dmy", "mdy") else 0


def _units_named(text: str) -> frozenset[str]:
    """The units that a text names anywhere, beside a number or not."""
    there = {word for word in _UNIT_WORD.findall(text) if len(word) > 1 or not word.isalpha()}
    found = {unit for word in there if (unit := _unit(word))}
    return frozenset(found | ({"%"} if _PERCENT_WORDS.search(text.translate(_PLAIN)) else set()))


def _unit(word: str) -> str | None:
    return _UNIT_OF.get(word) or _FOLDED.get(word.casefold())


class _Plain(dict[int, str]):
    """Character table for `str.translate` that keeps lengths: digits, their signs and spaces as in ASCII."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        digit = unicodedata.decimal(char, None)
        self[code] = char if digit is None else str(digit)
        return self[code]


_PLAIN = _Plain({ord(a): b for a, b in zip("٫٬٪％﹪−．\u00a0\u202f\u2009", ".,%%%-.   ", strict=True)})
