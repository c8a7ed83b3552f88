"""The hierarchical Bayesian linear model: effects that arms share, and each arm's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datagen_plugin_router_adaptive.features import (
    CONSTANT,
    FIRST_FEATURE,
    SLOPE,
    Array,
)
from datagen_plugin_router_adaptive.prior import Prior, Scales, precisions, sharing

ROUNDS = 3
NOISE_PRIOR_BATCHES = 4.0
SCALE_PRIOR_EFFECTS = 4.0


@dataclass(frozen=True, slots=True)
class Posterior:
    """The arms' coefficients given the data, jointly normal.

    Attributes:
        mean: Per arm, its coefficients (shared effects included): K × D.
        own: Per arm, their covariance given the shared effects: K × D × D.
        shared: Per arm, how its coefficients move with the shared effects: K × D × G.
        root: A square root of the covariance of the shared effects: G × G.
        scales: The noise and the factors on prior variances under which all this holds.
    """

    mean: Array
    own: Array
    shared: Array
    root: Array
    scales: Scales

    @property
    def noise(self) -> float:
        """σ², the variance of the reward of 16 rows."""
        return self.scales.noise

    def predict(self, arms: Sequence[int], rows: Array) -> tuple[Array, Array]:
        """Mean and covariance, less the prior mean, of arms (N indices) at coordinates (N × D)."""
        index = np.asarray(arms, dtype=np.intp)
        across = rows[:, None, :]
        mean = np.sum(rows * self.mean[index], axis=1)
        through = (across @ self.shared[index])[:, 0, :] @ self.root
        alone = (across @ self.own[index])[:, 0, :] @ rows.T
        return mean, through @ through.T + np.where(index[:, None] == index[None, :], alone, 0.0)


def fit(
    zz: Array,
    zy: Array,
    yy: float,
    batches: float,
    attributes: Array,
    prior: Prior,
) -> Posterior:
    """The posterior under the noise and the prior variances that make the data most probable, about.

    An arm's coefficients are β = S g + u: g the shared effects (level, attributes, context), u the arm's own.
    Given g the arms are independent, so K systems of size D and one of size G are solved instead of one of
    K·D + G (block elimination). Normal equations: Bishop, Pattern Recognition and Machine Learning, section
    3.3; noise and variances by the fixed point of the evidence, section 3.5.2, each with a prior worth some
    observations; a fixed number of rounds from the prior, so that equal sums give equal results.

    Args:
        zz, zy: Sums per arm, K × D × D and K × D.
        yy, batches: Sums over all arms.
        attributes: K × A.
        prior: Variances.
    """
    model = _Model(zz, zy, attributes, prior)
    scales = Scales(np.ones(zy.shape[1]), np.ones(model.effects), prior.noise)
    for _ in range(ROUNDS if batches else 0):
        scales = model.relearn(scales, yy, batches)
    return model.solve(scales)[0]


class _Model:
    """The normal equations of one data set."""

    def __init__(self, zz: Array, zy: Array, attributes: Array, prior: Prior) -> None:
        self.zz, self.zy, self.prior = zz, zy, prior
        dimension = zy.shape[1]
        self.to_shared = sharing(attributes, dimension)
        self.own_prior, self.shared_prior = precisions(attributes, dimension, prior)
        self.effects = len(self.shared_prior)
        self.columns = attributes.shape[1]

    def solve(self, scales: Scales) -> tuple[Posterior, Array, Array]:
        """The posterior; the shared effects; and how the arms' own coefficients shrink with them (K × D × G)."""
        data = self.zz / scales.noise
        pull = self.zy / scales.noise
        precision = data.copy()
        diagonal = np.arange(self.zy.shape[1])
        precision[:, diagonal, diagonal] += self.own_prior / scales.own
        own = np.linalg.inv(precision)
        cross = data @ self.to_shared
        shrunk = own @ cross
        shared = self.to_shared - shrunk
        schur = _stacked(shared).T @ _stacked(cross)
        schur[np.diag_indices(len(schur))] += self.shared_prior / scales.shared
        root = np.asarray(np.linalg.inv(np.linalg.cholesky((schur + schur.T) / 2)).T, dtype=np.float64)
        effects = root @ (root.T @ (_stacked(shared).T @ pull.ravel()))
        mean = shared @ effects + (own @ pull[:, :, None])[:, :, 0]
        return Posterior(mean, np.asarray(own, dtype=np.float64), shared, root, scales), effects, shrunk

    def relearn(self, scales: Scales, yy: float, batches: float) -> Scales:
        """One round of the fixed point: γ, the number of coefficients that the data determine, per group."""
        found, effects, shrunk = self.solve(scales)
        through = found.shared @ found.root
        covariance = found.own + through @ through.transpose(0, 2, 1)
        misfit = yy - 2 * np.sum(found.mean * self.zy)
        misfit += np.sum((self.zz @ found.mean[:, :, None])[:, :, 0] * found.mean)
        freedom = max(batches - float(np.sum(self.zz * covariance)) / scales.noise, 0.0)
        noise = (NOISE_PRIOR_BATCHES * self.prior.noise + max(float(misfit), 0.0)) / (
            NOISE_PRIOR_BATCHES + freedom
        )
        noise = min(max(noise, self.prior.noise / 100), self.prior.noise * 100)
        own_mean = found.mean - self.to_shared @ effects
        own_through = shrunk @ found.root
        own_variance = np.diagonal(found.own, axis1=1, axis2=2) + np.sum(own_through**2, axis=2)
        own = scales.own.copy()
        for group in (slice(CONSTANT, CONSTANT + 1), slice(SLOPE, SLOPE + 1), slice(FIRST_FEATURE, None)):
            own[group] = _scale(
                own_mean[:, group], own_variance[:, group], self.own_prior[:, group], own[group]
            )
        shared = scales.shared.copy()
        variance = np.sum(found.root**2, axis=1)
        for group in (slice(1, 1 + self.columns), slice(1 + self.columns, -1)):
            shared[group] = _scale(effects[group], variance[group], self.shared_prior[group], shared[group])
        return Scales(own, shared, noise)


def _stacked(blocks: Array) -> Array:
    """K × D × G as K·D × G."""
    return blocks.reshape(-1, blocks.shape[2])


def _scale(mean: Array, variance: Array, precision: Array, before: Array) -> float:
    """The factor on a group's prior variances that fits its coefficients."""
    determined = np.maximum(1.0 - variance * precision / before, 0.0)
    size = float(np.sum(mean**2 * precision))
    scale = (SCALE_PRIOR_EFFECTS + size) / (SCALE_PRIOR_EFFECTS + float(np.sum(determined)))
    return min(max(scale, 0.02), 20.0)
