"""What an arm's batches come to: weighted sums that are exact, so that arrival order can't show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from datagen_plugin_router_adaptive.features import CONSTANT, Array

GRID = 2.0**32
"""Contributions are rounded to 2⁻³²: sums of such numbers below 2²¹ have no rounding error in a float, whatever
their order. That is two million units of weight an arm; a unit is 16 rows."""

ROWS_PER_UNIT = 16.0


def weight_of(rows: int) -> float:
    """A batch's weight: its rows in units of 16; at least one row."""
    return max(rows, 1) / ROWS_PER_UNIT


class Moments:
    """Sums over an arm's batches: w, w z zᵀ, w z y, w y², with z the coordinates, w the rows/16, y the
    reward less the prior mean.

    They are all that a linear model with Gaussian noise of variance σ²/w needs (Bishop, PRML, section 3.3).
    """

    def __init__(self, dimension: int) -> None:
        self.zz: Array = np.zeros((dimension, dimension))
        self.zy: Array = np.zeros(dimension)
        self.yy = 0.0
        self.batches = 0.0

    @property
    def weight(self) -> float:
        """Sum of w: rows seen, in units of 16, less what was discounted."""
        return float(self.zz[CONSTANT, CONSTANT])

    def grow(self, dimension: int) -> None:
        """Room for further coordinates, which are 0 in all batches so far."""
        more = dimension - len(self.zy)
        if more > 0:
            self.zz = np.pad(self.zz, (0, more))
            self.zy = np.pad(self.zy, (0, more))

    def add(self, z: Array, y: float, weight: float, count: float = 1.0) -> None:
        """Takes a batch; `count` below 1 for one that counts less, its weight being lowered already."""
        self.zz += np.rint(np.outer(z, z) * (weight * GRID)) / GRID
        self.zy += np.rint(z * (y * weight * GRID)) / GRID
        self.yy += round(y * y * weight * GRID) / GRID
        self.batches += count

    def widen(self, relative_variance: float) -> None:
        """Makes the arm less certain without moving it, as if it had made a random step since.

        Discounts all sums so that the variance of its mean grows from σ²/w to σ²/w + σ² × `relative_variance`.
        """
        factor = 1.0 / (1.0 + self.weight * relative_variance)
        self.zz *= factor
        self.zy *= factor
        self.yy *= factor
        self.batches *= factor

    def state(self) -> dict[str, Any]:
        """As JSON: of the symmetric matrix one half, without coordinates that are 0 throughout."""
        used = np.flatnonzero(np.diag(self.zz))
        half = np.tril_indices(len(used))
        return {
            "used": used.tolist(),
            "zz": self.zz[np.ix_(used, used)][half].tolist(),
            "zy": self.zy[used].tolist(),
            "yy": self.yy,
            "batches": self.batches,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], dimension: int) -> Moments:
        """Inverse of `state`."""
        out = cls(dimension)
        used = np.array(state["used"], dtype=np.intp)
        rows, columns = np.tril_indices(len(used))
        out.zz[used[rows], used[columns]] = state["zz"]
        out.zz[used[columns], used[rows]] = state["zz"]
        out.zy[used] = state["zy"]
        out.yy, out.batches = float(state["yy"]), float(state["batches"])
        return out
