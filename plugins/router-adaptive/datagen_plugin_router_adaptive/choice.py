"""From bounds to probabilities of arms: exact, because they are logged for off-policy evaluation."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from datagen_plugin_router_adaptive.features import Array

QUANTILES = 32
"""Equally likely widths that a random width is drawn from: midpoints of |N(0, 1)|'s quantiles."""

TIE = 1e-12
JITTER = 1e-9
"""Variance added to each arm, so that arms known to be alike still have a joint distribution."""


def widths(width: float, *, is_random: bool) -> list[float]:
    """The exploration widths that a decision draws from, all equally likely; one where it isn't random."""
    if not is_random:
        return [width]
    normal = NormalDist()
    return [width * normal.inv_cdf(0.5 + (i + 0.5) / (2 * QUANTILES)) for i in range(QUANTILES)]


def greedy(values: Array) -> Array:
    """All probability on the largest value, shared by ties."""
    best = values >= values.max() - TIE
    return np.asarray(best / best.sum())


def probabilities(
    mean: Array, deviation: Array, widths: list[float], floor: float, policy: Callable[[Array], Array]
) -> Array:
    """Each arm's probability: `policy` on mean + width × deviation, averaged over widths, above a uniform floor."""
    chosen = sum((policy(mean + width * deviation) for width in widths), np.zeros(len(mean))) / len(widths)
    return np.asarray((1 - floor) * chosen + floor / len(mean))


def best_probabilities(mean: Array, covariance: Array, normals: Array) -> Array:
    """P(best) of each arm: the share of joint draws in which it is the largest.

    Args:
        mean, covariance: Of the arms' rewards, K and K × K.
        normals: Standard normal numbers, draws × at least K: always the same, so that nothing is random here.
    """
    size = len(mean)
    root = np.linalg.cholesky(covariance + JITTER * np.eye(size))
    winners = np.argmax(mean + normals[:, :size] @ root.T, axis=1)
    return np.asarray(np.bincount(winners, minlength=size) / len(normals))
