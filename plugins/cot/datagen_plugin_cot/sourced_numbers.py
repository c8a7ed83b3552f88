"""Whether the numbers of a chain come from its sources, or follow from those by arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from datagen_core.quantities import HeldQuantities, Quantity, quantities
from datagen_plugin_cot.arithmetic import equations

COMMON = frozenset(map(Fraction, (2, 3, 4, 7, 10, 12, 24, 30, 52, 60, 100, 365, 1000, 1024, 3600)))
"""Halves and quarters, and what units are converted by: they may be reckoned with wherever they come from."""
MOST_KNOWN, MOST_CHECKED = 300, 300
_STEP = re.compile(r"\bsteps? \d{1,2}(?:(?:,| and| or|-|–) ?\d{1,2})*", re.IGNORECASE)


def unsourced_number(steps: Sequence[str], *sources: str) -> str | None:
    """The first number of the steps that comes from nowhere, as it is written; None where all are accounted for.

    A number is, where it stands in a source, is the result of an equation that holds, or is what `+ - * /` makes of two
    numbers known so far: those of the sources, of earlier steps and `COMMON`. Number words and the numbers of steps
    aren't looked at, and of a very long source the first 300 numbers are reckoned with.

    Example:
        >>> unsourced_number(["6 boxes of 12 are 72.", "Of 72, 5 are red."], "6 boxes of 12 pens")
        '5'
    """
    text = "\n".join(sources)
    held, known = HeldQuantities(text, units=False), set(COMMON)
    for found in quantities(text):
        if len(known) < MOST_KNOWN:
            known.update(_values(found))
    checked = 0
    for step in steps:
        said = _STEP.sub("", step)
        results = {equation.result for equation in equations(said) if equation.holds}
        for found in quantities(said):
            values, written = set(_values(found)), said[found.start : found.end]
            checked += 1
            is_known = found.is_one or written.isalpha() or held.hold(found) or bool(values & results)
            if checked > MOST_CHECKED or not (is_known or any(_follows(value, known) for value in values)):
                return written
            known.update(values)
    return None


def _values(found: Quantity) -> Iterator[Fraction]:
    """What a number may stand for; of a percentage also its share, and the whole with it more or less."""
    for values in found.readings:
        for value in map(Fraction, values):
            yield value
            if found.unit == "%":
                yield from (value / 100, 1 + value / 100, 1 - value / 100)


def _follows(value: Fraction, known: set[Fraction]) -> bool:
    """Whether it is known, or the sum, difference, product or quotient of two known numbers."""
    if value in known:
        return True
    for one in known:
        if value - one in known or one - value in known or one + value in known:
            return True
        if (one and value / one in known) or (value and one / value in known):
            return True
    return False
