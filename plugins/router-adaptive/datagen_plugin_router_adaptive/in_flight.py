"""Batches without an answer yet: what they will teach, and what they use up, before it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from datagen_plugin_router_adaptive.features import Array

PATIENCE = 256
"""Decisions after which a batch without answer no longer counts as in flight."""

MAX_PENDING = 1024
"""Decisions remembered; the oldest beyond are released, and a later update of theirs is ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A decision without an answer: the arm, its coordinates as they were, and what was asked for."""

    number: int
    arm: str
    context: str
    row: Mapping[str, float]
    load: float
    requested: int

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "row": dict(self.row)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Pending:
        """Inverse of `state`."""
        return cls(**{**state, "row": dict(state["row"])})


def waiting(pending: Iterable[Pending], number: int) -> list[Pending]:
    """Those still in flight at a decision's number."""
    return [one for one in pending if number - one.number <= PATIENCE]


def conditioned(covariance: Array, offered: int, weights: Array, noise: float) -> Array:
    """Covariance of the first `offered` rows once the batches of the other rows are answered.

    How much is learned from a batch doesn't depend on what it earns, so batches in flight narrow the bounds at
    once; their rewards aren't guessed. Source: Desautels, Krause & Burdick, Parallelizing exploration-
    exploitation tradeoffs in Gaussian process bandit optimization, JMLR 15, 2014 (GP-BUCB).

    Args:
        covariance: Of the offered rows and then the pending ones.
        weights: Of the pending batches.
        noise: σ² at weight 1.
    """
    if not len(weights):
        return covariance
    across = covariance[:offered, offered:]
    within = covariance[offered:, offered:] + np.diag(noise / weights)
    return np.asarray(covariance[:offered, :offered] - across @ np.linalg.solve(within, across.T))
