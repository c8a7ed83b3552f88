"""Accuracy with its interval, macro-F1, and how sure the difference of two models on the same rows is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper end of the Wilson score interval of a share; (0.0, 1.0) for n = 0.

    Source: Wilson 1927; no continuity correction.

    Example:
        >>> [round(end, 4) for end in wilson(8, 10)]
        [0.4902, 0.9433]
    """
    if n == 0:
        return 0.0, 1.0
    z = _z(confidence)
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def macro_f1(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """The plain mean of the classes' F1, in [0, 1], over every class that is true or predicted somewhere.

    A class that is never hit counts 0. Empty input gives 0.0.
    """
    hits = Counter(t for t, p in zip(truth, predicted, strict=True) if t == p)
    seen = Counter(truth) + Counter(predicted)
    return sum(2 * hits[label] / seen[label] for label in seen) / len(seen) if seen else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Accuracy of one model minus another's on the same rows, with the ends of its interval (shares, not points)."""

    value: float
    low: float
    high: float

    @property
    def margin(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


def difference(first: Sequence[bool], second: Sequence[bool], confidence: float = 0.95) -> Difference:
    """How much oftener the first model is right than the second, row by row paired.

    The interval is Wald's with half a row added to each of the four cells, which keeps it honest when the
    models hardly differ. Source: Agresti and Min 2005. It covers the draw of the test rows, not the draw of
    the training rows.

    Raises:
        ValueError: no rows, or not as many of one as of the other.
    """
    if not first:
        raise ValueError("need at least one row to compare two models on")
    pairs = Counter(zip(first, second, strict=True))
    n = len(first)
    gained, lost = pairs[(True, False)] + 0.5, pairs[(False, True)] + 0.5
    mean = (gained - lost) / (n + 2)
    half = _z(confidence) * math.sqrt(((gained + lost) / (n + 2) - mean * mean) / (n + 2))
    return Difference(value=(sum(first) - sum(second)) / n, low=mean - half, high=mean + half)


def gap_closed(accuracy: float | None, low: float | None, high: float | None) -> float | None:
    """(accuracy − low) / (high − low); None where one is missing or there is no gap (high ≤ low).

    Below 0 the data did harm; above 1 it beat the upper reference.
    """
    if accuracy is None or low is None or high is None or high <= low:
        return None
    return (accuracy - low) / (high - low)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
