"""Numbers within a schema's bounds; where they look like scores, mostly high ones."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from math import ceil, floor
from typing import Any

from datagen_core.json_examples.merging import NoInstance, Schema

SCORE = re.compile(r"score|rating|grade|quality|confidence|probability|likelihood|relevance", re.IGNORECASE)
SCORE_HIGHS = (1, 3, 4, 5, 6, 7, 10)
CONCENTRATION = 6.5
"""Scores are Beta(6.5 m, 6.5 (1 − m)); at the mean m = 0.77 that is Beta(5, 1.5)."""
USUAL_SPAN = 100
WIDEST = 10**15


def number(
    schema: Schema, rng: random.Random, *, is_whole: bool, mean_score: float, hint: str = ""
) -> int | float:
    """A number that satisfies bounds and `multipleOf`; raises NoInstance where there is none.

    Args:
        mean_score: Where, from 0 (low) to 1 (high), scores lie on average: bounds like [0, 1] or 1 to 5, or
            bounds or none at all under a `hint` such as "quality score".
    """
    hinted = SCORE.search(hint) is not None
    low, high, excluded = _bounds(schema)
    is_score = (low in (0, 1) and high in SCORE_HIGHS) or (hinted and (low is None) == (high is None))
    if is_score and low is None:
        low, high = (Fraction(1), Fraction(5)) if is_whole else (Fraction(0), Fraction(1))
    step = _step(schema, is_whole=is_whole)
    low, high = _usual(low, high, step or Fraction(1))
    first, last, step = _range(low, high, excluded, step)
    count = last - first + 1
    if count < 1:
        raise NoInstance("no number within the bounds")
    alpha = CONCENTRATION * mean_score
    place = int(rng.betavariate(alpha, CONCENTRATION - alpha) * count) if is_score else rng.randrange(count)
    value = (first + min(place, count - 1)) * step
    return int(value) if is_whole else float(value)


def _exact(value: Any) -> Fraction:
    return Fraction(str(value))


def _bounds(schema: Schema) -> tuple[Fraction | None, Fraction | None, set[Fraction]]:
    """The bounds, and those of them that are excluded (a number, or in draft 4 a flag beside the bound)."""
    excluded: set[Fraction] = set()
    found: list[Fraction | None] = []
    for key, strict_key, pick in (
        ("minimum", "exclusiveMinimum", max),
        ("maximum", "exclusiveMaximum", min),
    ):
        strict = schema.get(strict_key)
        bounds = [_exact(schema[key])] if key in schema else []
        if strict is True:
            excluded.update(bounds)
        elif strict is not None and strict is not False:
            bounds.append(_exact(strict))
            excluded.add(_exact(strict))
        found.append(pick(bounds) if bounds else None)
    return found[0], found[1], excluded


def _step(schema: Schema, *, is_whole: bool) -> Fraction | None:
    if "multipleOf" not in schema:
        return Fraction(1) if is_whole else None
    step = _exact(schema["multipleOf"])
    return Fraction(step.numerator) if is_whole else step


def _usual(low: Fraction | None, high: Fraction | None, step: Fraction) -> tuple[Fraction, Fraction]:
    """Both bounds, where a missing one lies a hundred steps away; the interval is 10^15 wide at most."""
    span = USUAL_SPAN * step if step > 1 else Fraction(USUAL_SPAN)
    if low is None:
        is_below_zero = high is not None and high < span / USUAL_SPAN
        low = high - span if high is not None and is_below_zero else Fraction(0)
    return low, low + span if high is None else min(high, low + WIDEST)


def _range(
    low: Fraction, high: Fraction, excluded: set[Fraction], step: Fraction | None
) -> tuple[int, int, Fraction]:
    """First and last multiple of the step; without one, hundredths, or finer where the bounds are close."""
    if step is None:
        step = Fraction(1, 100)
        if high - low < 10 * step:
            step = (high - low) / 1000 or Fraction(1)
    if low == high and (low / step).denominator != 1 and low not in excluded:
        step = low
    first, last = ceil(low / step), floor(high / step)
    first += first * step in excluded
    last -= last * step in excluded and last >= first
    return first, last, step
