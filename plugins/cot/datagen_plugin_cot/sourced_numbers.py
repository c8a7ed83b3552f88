"""Whether the numbers of a chain come from its sources, or follow from those by arithmetic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

from datagen_core.number_forms import numbers
from datagen_core.quantities import HeldQuantities, Quantity, quantities
from datagen_plugin_cot.arithmetic import equations

COMMON = frozenset(
    map(Fraction, (2, 3, 4, 5, 7, 8, 10, 12, 16, 24, 30, 31, 52, 60, 100, 365, 1000, 1024, 3600))
)
"""Halves and quarters, and what units are converted by: they may be reckoned with wherever they come from."""
MOST_KNOWN, MOST_CHECKED = 300, 300
MAX_WRITTEN_CHARS = 40
_DIGITS = re.compile(r"\d+")
_STEP = re.compile(r"\bsteps? \d{1,2}(?:(?:,| and| or|-|–) ?\d{1,2})*", re.IGNORECASE)


def unsourced_number(steps: Sequence[str], *sources: str) -> str | None:
    """The first number of the steps that comes from nowhere, as it is written; None where all are accounted for.

    A number is, where it stands in a source, is the result of an equation that holds, or is what `+ - * /` makes of two
    numbers known so far: those of the sources and of earlier steps. They may also be multiplied and divided by numbers
    of `COMMON`, and by percentages. Number words and the numbers of steps aren't looked at, and of a very long source
    the first 300 numbers are reckoned with.

    Example:
        >>> unsourced_number(["6 boxes of 12 are 72.", "Of 72, 5 are red."], "6 boxes of 12 pens")
        '5'
    """
    text = "\n".join(sources)
    held, known = HeldQuantities(text, units=False), _Known()
    for found in islice(quantities(text), MOST_KNOWN):
        known.add(found, text[found.start : found.end])
    checked = 0
    for step in steps:
        said = _STEP.sub("", step)
        results = {equation.result for equation in equations(said) if equation.holds}
        for found in quantities(said):
            written = said[found.start : found.end]
            checked += 1
            is_told = found.is_one or written.isalpha() or held.hold(found) or results & set(_values(found))
            if checked > MOST_CHECKED or not (is_told or any(map(known.leads_to, _values(found)))):
                return written
            known.add(found, written)
    return None


class _Known:
    """The numbers known so far, and what they may be multiplied by beside each other."""

    def __init__(self) -> None:
        self._numbers: set[Fraction] = set()
        self._factors = set(COMMON)

    def add(self, found: Quantity, written: str) -> None:
        """One more, `2 million` as 2 too; of a percentage also its share, and the whole with it more or less."""
        self._numbers.update(_values(found), numbers(written))
        if found.unit == "%":
            self._numbers.add(Fraction(100))
            shares = [value / 100 for value in _values(found)]
            self._factors.update(factor for share in shares for factor in (share, 1 + share, 1 - share))

    def leads_to(self, value: Fraction) -> bool:
        """Whether a number is known, or the sum, difference, product or quotient of two."""
        if value in self._numbers or value in self._factors:
            return True
        return any(self._makes(one, value) for one in self._numbers)

    def _makes(self, one: Fraction, value: Fraction) -> bool:
        if {value - one, one - value, one + value} & self._numbers:
            return True
        other = {value / one, one / value} if one and value else set[Fraction]()
        return bool(other & self._numbers or other & self._factors)


def _values(found: Quantity) -> list[Fraction]:
    """What a number may stand for; of a ratio such as `4:11` its parts."""
    if found.written:
        return [Fraction(part) for part in _DIGITS.findall(found.written[:MAX_WRITTEN_CHARS])]
    return [Fraction(value) for values in found.readings for value in values]
