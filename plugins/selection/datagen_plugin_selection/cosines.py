"""Choosing by cosine among unit vectors. Figures are those of six decimals: float32 vectors carry no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DECIMALS = 6
HALF_OF_THE_LAST = 5e-7
SLACK = 1e-5
"""More than a float32 product of unit vectors is ever off."""
BLOCK = 256


@dataclass(slots=True)
class Spread:
    """Rows kept, in the order in which they were taken, and those too near to one: row → (kept row, cosine)."""

    kept: list[int] = field(default_factory=list)
    near: dict[int, tuple[int, float]] = field(default_factory=dict)


def spread_out(
    vectors: NDArray[np.float32], most: float, n: int | None = None, *, block: int = BLOCK
) -> Spread:
    """Goes through unit vectors in order; takes one if its highest cosine to those taken is <= `most`.

    DEITA's filter with batches of one: a row is compared with the kept ones alone, never with one that was dropped.
    Products are made a block at a time; whatever comes near the limit is settled row by row in float64, so that the
    block's size decides nothing. Rows after the n-th taken are in neither list.
    """
    import numpy

    out, chosen = Spread(), numpy.empty_like(vectors)
    for start in range(0, len(vectors), block):
        rows = vectors[start : start + block]
        before, within = rows @ chosen[: len(out.kept)].T, rows @ rows.T
        is_taken = numpy.zeros(len(rows), dtype=bool)
        for at, row in enumerate(rows):
            if n is not None and len(out.kept) >= n:
                return out
            cosines = numpy.concatenate([before[at], within[at, is_taken]])
            if len(cosines) and cosines.max() > most - SLACK:
                nearest, cosine = _nearest(row, chosen, cosines)
                if cosine > most:
                    out.near[start + at] = (out.kept[nearest], cosine)
                    continue
            chosen[len(out.kept)] = row
            out.kept.append(start + at)
            is_taken[at] = True
    return out


def _nearest(
    row: NDArray[np.float32], chosen: NDArray[np.float32], cosines: NDArray[np.float32]
) -> tuple[int, float]:
    """The nearest of the chosen, the earliest of equals, and its cosine in float64."""
    import numpy

    (rivals,) = numpy.nonzero(cosines >= cosines.max() - SLACK)
    exact = (chosen[rivals].astype(numpy.float64) * row).sum(axis=1).round(DECIMALS)
    best = int(exact.argmax())
    return int(rivals[best]), float(exact[best])


@dataclass(slots=True)
class Centres:
    """What farthest-first gave.

    Attributes:
        kept: Rows in the order in which they were taken.
        distances: Of each, 1 - cosine to the nearest one taken before; of the first 2, the largest there is.
        nearest: Row → the kept row nearest to it.
        cosines: Row → its cosine to that one.
    """

    kept: list[int]
    distances: list[float]
    nearest: NDArray[np.int64]
    cosines: NDArray[np.float32]


def farthest_first(
    vectors: NDArray[np.float32], n: int, *, first: int | None = None, covered_at: float | None = None
) -> Centres:
    """Greedy k-centre (Gonzalez 1985): up to n unit vectors, each the farthest from all taken before it.

    Args:
        first: The row to begin with; by default the nearest to the mean. Of equally far rows the earliest is taken.
        covered_at: Stops when each row left has a kept one at this cosine or above.
    """
    import numpy

    count = len(vectors)
    nearest, cosines = numpy.zeros(count, dtype=numpy.int64), numpy.full(count, -2.0, dtype=numpy.float32)
    out = Centres([], [], nearest, cosines)
    is_open = numpy.ones(count, dtype=bool)
    while len(out.kept) < min(n, count):
        if not out.kept:
            at, distance = (central(vectors) if first is None else first), 2.0
        else:
            at = int(numpy.where(is_open, cosines, 3.0).argmin())
            distance = round(1.0 - float(cosines[at]), DECIMALS)
            if covered_at is not None and cosines[at] >= covered_at - HALF_OF_THE_LAST:
                break
        out.kept.append(at)
        out.distances.append(distance)
        is_open[at] = False
        to_it = (vectors @ vectors[at]).round(DECIMALS)
        closer = to_it > cosines
        nearest[closer], cosines[closer] = at, to_it[closer]
    return out


def central(vectors: NDArray[np.float32]) -> int:
    """The vector nearest to the mean of all, the earliest of equals."""
    return nearest_to_mean(vectors)[0]


def nearest_to_mean(vectors: NDArray[np.float32]) -> list[int]:
    """All rows, the nearest to their mean first; equal ones in order."""
    import numpy

    mean = vectors.mean(axis=0, dtype=numpy.float64)
    return [int(at) for at in numpy.argsort(-(vectors @ mean).round(DECIMALS), kind="stable")]


def clusters(vectors: NDArray[np.float32], least: float, *, block: int = BLOCK) -> NDArray[np.int64]:
    """Row → the first row of its cluster: what a chain of pairs at cosine >= `least` leads to.

    Products are made a block at a time; nothing of the size rows × rows is kept.
    """
    import numpy

    labels = numpy.arange(len(vectors), dtype=numpy.int64)
    for start in range(0, len(vectors), block):
        rows = vectors[start : start + block]
        is_near = rows @ vectors[start:].T >= least - HALF_OF_THE_LAST
        for at in numpy.flatnonzero(is_near.sum(axis=1) > 1):
            near = labels[start + numpy.flatnonzero(is_near[at])]
            if (near != labels[start + at]).any():
                found = numpy.unique(numpy.append(near, labels[start + at]))
                labels[numpy.isin(labels, found)] = found[0]
    return labels
