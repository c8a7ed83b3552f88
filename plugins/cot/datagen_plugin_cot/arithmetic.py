"""Equations that stand in a text, `12 * 3 = 36`, and whether they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from datagen_plugin_cot.calculation import SIGNS, Calculation, Token, calculation, tokens_of

SCALES = frozenset(
    """
    hundred thousand lakh million crore billion trillion dozen half halves third thirds quarter quarters
    cent cents percent
    """.split()  # noqa: SIM905 (one word a string would be one word a line)
)
"""Words after a number that make it another one."""
MOST_BESIDE = 3
"""Numbers beside an equation that may be no part of it."""
_OPENING = frozenset("([{\"'“”‘’«`,;.…。，；（：:")
_NUMBER_LIKE = ("number", "operator", "close", "percent")


@dataclass(frozen=True, slots=True)
class Equation:
    """`text` as it is read.

    Attributes:
        result: The number after the equals sign.
        holds: None where it may be meant in another way than to be wrong: with units that differ, a range, a variable.
    """

    text: str
    result: Fraction
    holds: bool | None


def equations(text: str) -> Iterator[Equation]:
    """Calculations with their results, in order: `+ - * /`, brackets, percentages, units beside the numbers.

    An equation holds where some way to read it is right. A result with decimals may be rounded or cut at its last
    place, one after `≈` at its last digit that isn't 0. Linear time; of a long text the first 5,000 characters.

    Example:
        >>> [(e.text, e.holds) for e in equations("2 boxes x 6 = 12, then 12 / 4 = 4")]
        [('2 boxes x 6 = 12', True), ('12 / 4 = 4', False)]
    """
    plain, tokens = tokens_of(text)
    at = 0
    while at < len(tokens):
        left, is_computed = calculation(tokens, at), False
        at = left.end if left else at + 1
        while left and at < len(tokens) and tokens[at].kind == "equals":
            right = calculation(tokens, at + 1)
            if right is None:
                break
            if left.operators or (is_computed and right.operators):
                yield _equation(plain, tokens, left, right)
            left, at, is_computed = right, right.end, is_computed or bool(left.operators)


def _equation(plain: str, tokens: Sequence[Token], left: Calculation, right: Calculation) -> Equation:
    approximate = tokens[left.end].text in "≈≃"
    (result, *_) = right.part(0, 1).values()
    text = plain[tokens[left.start].start : tokens[right.end - 1].end]
    if any(_agree(one, other, approximate=approximate) for one, other in _readings(left, right)):
        return Equation(text, result, True)
    is_clear = (
        bool(left.values())
        and not (left.may_be_a_range or right.may_be_a_range)
        and _is_whole(tokens, left, right)
        and _adds_alike(left)
        and _adds_alike(right)
        and _units_fit(tokens, left, right)
    )
    return Equation(text, result, False if is_clear else None)


def _readings(left: Calculation, right: Calculation) -> list[tuple[Calculation, Calculation]]:
    """What may be meant: on the left what stands before may be no part of it, on the right what follows."""
    last, whole = len(left.operands), len(right.operands)
    lefts = [left.part(first, last) for first in range(max(1, min(last - 1, MOST_BESIDE + 1)))]
    rights = [right.part(0, end) for end in {whole, *range(1, min(whole, MOST_BESIDE + 1))}]
    return [(one, other) for one in lefts for other in rights]


def _agree(left: Calculation, right: Calculation, *, approximate: bool) -> bool:
    given, computed = right.values(), left.values()
    if given & computed:
        return True
    place = _last_place(right.operands[0].written, approximate) if len(right.operands) == 1 else Fraction(0)
    return any(_is_rounded(one, other, place) for one in given for other in computed)


def _last_place(written: str, approximate: bool) -> Fraction:
    """What the last digit that counts is worth; 0 where a whole number has to be exact."""
    decimals = re.search(r"[.,](\d+)$", written)
    if decimals and not re.fullmatch(r"\d{1,3}(?:,\d{3})+", written):
        return Fraction(1, 10 ** len(decimals[1]))
    digits = written.replace(",", "")
    return Fraction(10 ** (len(digits) - len(digits.rstrip("0")))) if approximate else Fraction(0)


def _is_rounded(given: Fraction, computed: Fraction, place: Fraction) -> bool:
    """Whether a number is another one rounded at a place, or cut there."""
    off = abs(given - computed)
    return bool(place) and (2 * off <= place or (abs(given) < abs(computed) and off < place))


# -- whether it can be meant in one way only ------------------------------------------------------------------


def _is_whole(tokens: Sequence[Token], left: Calculation, right: Calculation) -> bool:
    """Whether nothing beside it is a part of it: a variable, a function, a power, the rest of a mixed number."""
    units = left.units | right.units
    if any(_is_variable(word) for word in units) or units & SCALES:
        return False
    before, after = tokens[max(0, left.start - 2) : left.start], tokens[right.end : right.end + 2]
    if before and tokens[left.start].kind == "operator" and before[-1].text not in _OPENING:
        return False
    if before and (before[-1].kind in _NUMBER_LIKE or _joins(before)):
        return False
    if before and before[-1].end == tokens[left.start].start and before[-1].text not in _OPENING:
        return before[-1].kind == "equals"
    return not after or not _goes_on(after, is_tight=after[0].start == tokens[right.end - 1].end)


def _goes_on(after: Sequence[Token], *, is_tight: bool) -> bool:
    """Whether what follows a result changes it: `6 million`, `2^3`, `3x`, `8.33…`, `= 12 * k`."""
    first = after[0]
    is_cut = first.text == "…" or [token.text for token in after] == [".", "."]
    is_more = first.kind in ("number", "operator", "open") or (is_tight and (first.text in "^_" or is_cut))
    return is_more or _is_variable(first.text) or first.text.casefold() in SCALES


def _joins(before: Sequence[Token]) -> bool:
    """Whether a number goes on: `1 and 1/2`, `6:00`."""
    return len(before) == 2 and before[0].kind == "number" and before[1].text in ("and", ":")


def _is_variable(word: str) -> bool:
    return len(word) == 1 and word.isascii() and word.isalpha()


def _adds_alike(one: Calculation) -> bool:
    """Whether what is added has one unit, as far as units are told."""
    if not {"+", "-"} & set(one.operators):
        return True
    return len({frozenset(map(_stem, operand.units)) for operand in one.operands if operand.units}) < 2


def _units_fit(tokens: Sequence[Token], left: Calculation, right: Calculation) -> bool:
    """Whether the result has a unit of the calculation, as far as both are told."""
    after = tokens[right.end : right.end + 1]
    result = right.units - SIGNS
    if not result and after and after[0].kind == "word":
        result = frozenset(after[0].text.casefold().split("/"))
    units = left.units - SIGNS
    return not result or not units or bool(set(map(_stem, result)) & set(map(_stem, units)))


def _stem(word: str) -> str:
    return word[:4].removesuffix("s")
