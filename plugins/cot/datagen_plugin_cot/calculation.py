"""Calculations as people write them in prose: operands with their units, operators between them, brackets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from datagen_core.number_forms import in_ascii_digits, number

MAX_CHARS = 5_000
MAX_OPERANDS = 30
MAX_DEPTH = 8
MAX_UNIT_WORDS = 3
TIGHT = "//"
"""A slash without spaces around it."""
SIGNS = frozenset("$%")
"""Units that are no words."""

_SPELT: Mapping[str, str] = {
    **dict.fromkeys(("×", "✕", "·", "∙", "⋅", "\\times", "\\cdot"), "*"),
    **dict.fromkeys(("÷", "\\div"), "/"),
    **dict.fromkeys(("**", "\\(", "\\)"), " "),
}
_SPELLING = re.compile("|".join(map(re.escape, _SPELT)))
_BEFORE_A_NUMBER = r"(?=\s*[$(.\d])"
_TOKEN = re.compile(
    r"(?P<number>(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:[.,]\d++)?|\.\d++)"
    r"|(?P<equals>(?<![<>=!:~])=(?![=>])|[≈≃]|\bequals\b)"
    rf"|(?P<operator>[-+*/]|(?<![^\W\d_])[xX]{_BEFORE_A_NUMBER}|\b(?:times|plus|minus)\b{_BEFORE_A_NUMBER})"
    r"|(?P<open>\()|(?P<close>\))|(?P<percent>%)|(?P<money>\$)"
    r"|(?P<word>[^\W\d_]++(?:/[^\W\d_]++)*)"
    r"|(?P<other>\S|\n)"
)
_OPERATORS = {"x": "*", "X": "*", "times": "*", "plus": "+", "minus": "-"}


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a text: its kind is the name of the group in the pattern."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Operand:
    """A number, or what is in brackets.

    Attributes:
        value, as_percent: What it is, and what it is where `%` means hundredths.
        units: Words and signs beside it.
        written: Its digits; "" of brackets.
    """

    value: Fraction
    as_percent: Fraction
    units: frozenset[str] = frozenset()
    written: str = ""


@dataclass(frozen=True, slots=True)
class Calculation:
    """One or more operands, `tokens[start:end]`; `may_be_a_range` where it has a part such as `5-7`."""

    operands: tuple[Operand, ...]
    operators: tuple[str, ...]
    start: int
    end: int
    may_be_a_range: bool = False

    @property
    def units(self) -> frozenset[str]:
        """Those of all operands."""
        return frozenset().union(*(one.units for one in self.operands))

    def part(self, first: int, last: int) -> Calculation:
        """Some neighbouring operands."""
        return replace(self, operands=self.operands[first:last], operators=self.operators[first : last - 1])

    def values(self) -> set[Fraction]:
        """What it comes to: `%` as hundredths or as a unit; `8 / 2/3` from left to right, or with 2/3 as one number."""
        found = set()
        for values in ([one.value for one in self.operands], [one.as_percent for one in self.operands]):
            for way in ((values, self.operators), _fractions_first(values, self.operators)):
                found.add(_value(*way))
        return {value for value in found if value is not None}


def tokens_of(text: str) -> tuple[str, list[Token]]:
    """The text as it is read, digits and signs in their ASCII forms, and its tokens; the first 5,000 characters."""
    plain = in_ascii_digits(_SPELLING.sub(lambda found: _SPELT[found[0]], text[:MAX_CHARS]))
    found = _TOKEN.finditer(plain)
    return plain, [Token(one.lastgroup or "", one[0], one.start(), one.end()) for one in found]


def calculation(tokens: Sequence[Token], start: int, depth: int = 0) -> Calculation | None:
    """The longest calculation, or single number, that begins at a token; None where none does."""
    found = _operand(tokens, start, depth)
    if found is None:
        return None
    operands, operators, end = [found[0]], list[str](), found[1]
    is_range = False
    while len(operands) < MAX_OPERANDS and (sign := _operator(tokens, end, operands, operators)):
        following = _operand(tokens, sign[1], depth)
        if following is None:
            break
        is_range = is_range or _is_range(tokens, end, sign[0])
        operands.append(following[0])
        operators.append(sign[0])
        end = following[1]
    return Calculation(tuple(operands), tuple(operators), start, end, is_range)


def _operand(tokens: Sequence[Token], at: int, depth: int) -> tuple[Operand, int] | None:
    """An operand and where it ends."""
    sign = 1
    if _text(tokens, at) in ("+", "-"):
        sign, at = -1 if tokens[at].text == "-" else 1, at + 1
    if _kind(tokens, at) != "open":
        return _number(tokens, at, sign)
    inner = calculation(tokens, at + 1, depth + 1) if depth < MAX_DEPTH else None
    if inner is None or _kind(tokens, inner.end) != "close":
        return None
    value = _value([one.value for one in inner.operands], inner.operators)
    percent = _value([one.as_percent for one in inner.operands], inner.operators)
    if value is None or percent is None:
        return None
    units, end = _units(tokens, inner.end + 1)
    return Operand(sign * value, sign * percent, inner.units | units), end


def _number(tokens: Sequence[Token], at: int, sign: int) -> tuple[Operand, int] | None:
    units = frozenset[str]()
    if _kind(tokens, at) == "money":
        units, at = frozenset("$"), at + 1
    found = number(tokens[at].text) if _kind(tokens, at) == "number" else None
    if found is None:
        return None
    value = percent = sign * found
    end = at + 1
    if _kind(tokens, end) == "percent":
        percent, end, units = value / 100, end + 1, units | {"%"}
    words, end = _units(tokens, end)
    return Operand(value, percent, units | words, tokens[at].text), end


def _units(tokens: Sequence[Token], at: int) -> tuple[frozenset[str], int]:
    """Words after a number, `/tape` too, where the calculation goes on behind them; else none."""
    end, words = at, list[str]()
    while len(words) < MAX_UNIT_WORDS:
        word = end + (_text(tokens, end) == "/")
        if _kind(tokens, word) != "word":
            break
        words += tokens[word].text.casefold().split("/")
        end = word + 1
    goes_on = _kind(tokens, end) in ("operator", "equals", "close")
    return (frozenset(words), end) if goes_on and _text(tokens, at) != "of" else (frozenset(), at)


def _operator(
    tokens: Sequence[Token], at: int, operands: Sequence[Operand], operators: Sequence[str]
) -> tuple[str, int] | None:
    """The operator at a place, and where what follows it begins."""
    said = _text(tokens, at)
    if _kind(tokens, at) == "operator":
        is_tight = said == "/" and tokens[at - 1].end == tokens[at].start == _start(tokens, at + 1) - 1
        return TIGHT if is_tight else _OPERATORS.get(said, said), at + 1
    is_share = operands[-1].value != operands[-1].as_percent or operators[-1:] in (["/"], [TIGHT])
    if said == "of" and is_share:
        return "*", at + 1
    if _kind(tokens, at) == "open" and tokens[at - 1].end == tokens[at].start:
        return "*", at
    return None


def _is_range(tokens: Sequence[Token], at: int, operator: str) -> bool:
    """Whether `5-7` may be a range: a hyphen without spaces, between a number and a greater one."""
    if operator != "-" or not tokens[at - 1].end == tokens[at].start == _start(tokens, at + 1) - 1:
        return False
    one, other = number(tokens[at - 1].text), number(tokens[at + 1].text)
    return one is not None and other is not None and one < other


def _value(operands: Sequence[Fraction], operators: Sequence[str]) -> Fraction | None:
    """Products first, then sums; None where something is divided by 0."""
    terms = [operands[0]]
    for operator, operand in zip(operators, operands[1:], strict=True):
        if operator == "*":
            terms[-1] *= operand
        elif operator in ("/", TIGHT):
            if not operand:
                return None
            terms[-1] /= operand
        else:
            terms.append(operand if operator == "+" else -operand)
    return sum(terms, Fraction(0))


def _fractions_first(
    operands: Sequence[Fraction], operators: Sequence[str]
) -> tuple[list[Fraction], list[str]]:
    """With what is joined by a tight slash as one number."""
    values, signs = [operands[0]], list[str]()
    for operator, operand in zip(operators, operands[1:], strict=True):
        if operator == TIGHT and operand:
            values[-1] /= operand
        else:
            values.append(operand)
            signs.append(operator)
    return values, signs


def _kind(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].kind if 0 <= at < len(tokens) else ""


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _start(tokens: Sequence[Token], at: int) -> int:
    return tokens[at].start if at < len(tokens) else -1
