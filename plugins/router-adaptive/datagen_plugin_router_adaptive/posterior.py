"""The hierarchical Bayesian linear model: level, attributes and context shared by arms; effect, slope and context apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datagen_plugin_router_adaptive.features import (
    CONSTANT,
    FIRST_FEATURE,
    SLOPE,
    Array,
    attribute_matrix,
)
from datagen_plugin_router_adaptive.moments import ROWS_PER_UNIT

NOISE_ROUNDS = 3
NOISE_PRIOR_BATCHES = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """Variances of effects before anything is seen, on rewards in [0, 1]; standard deviations are their roots.

    Attributes:
        level: The mean over all arms.
        arm: An arm's departure from it; of arms with attributes `attributes` is the share that those explain.
        context: What a context adds to all arms alike.
        arm_in_context: What it adds to one arm.
        slope: What an arm loses or gains per 100 accepted samples.
        noise: Variance of the reward of a batch of 16 rows (0.1 is the standard deviation of a batch of 20).
    """

    level: float = 0.04
    arm: float = 0.04
    attributes: float = 0.75
    context: float = 0.01
    arm_in_context: float = 0.03
    slope: float = 0.01
    noise: float = 0.0125


@dataclass(frozen=True, slots=True)
class Posterior:
    """The arms' coefficients given the data, jointly normal.

    Attributes:
        mean: Per arm, its coefficients (shared effects included): K × D.
        own: Per arm, their covariance given the shared effects: K × D × D.
        shared: Per arm, how its coefficients move with the shared effects: K × D × G.
        root: A square root of the covariance of the shared effects: G × G.
        noise: σ², the variance of the reward of 16 rows.
    """

    mean: Array
    own: Array
    shared: Array
    root: Array
    noise: float

    def predict(self, arms: Sequence[int], rows: Array) -> tuple[Array, Array]:
        """Mean and covariance, less the prior mean, of arms (N indices) at coordinates (N × D)."""
        index = np.asarray(arms, dtype=np.intp)
        mean = np.einsum("nd,nd->n", rows, self.mean[index])
        through = np.einsum("nd,ndg->ng", rows, self.shared[index]) @ self.root
        covariance = through @ through.T
        same = index[:, None] == index[None, :]
        if len(set(index.tolist())) == len(index):
            own = np.einsum("nd,nde,ne->n", rows, self.own[index], rows)
            covariance[np.diag_indices(len(index))] += own
        else:
            covariance += np.einsum("nd,nde,me->nm", rows, self.own[index], rows) * same
        return mean, covariance


def fit(
    zz: Array,
    zy: Array,
    yy: float,
    batches: float,
    credits: Array,
    attributes: Array,
    prior: Prior,
) -> Posterior:
    """The posterior, and the noise that makes the data most probable.

    An arm's coefficients are β = S g + u: g the shared effects (level, attributes, context), u the arm's own.
    Given g the arms are independent, so K systems of size D and one of size G are solved instead of one of
    K·D + G (block elimination). Normal equations: Bishop, Pattern Recognition and Machine Learning, section
    3.3; noise by the fixed point of the evidence, section 3.5.2, with an inverse-gamma prior; a fixed number
    of rounds, so that equal sums give equal results.

    Args:
        zz, zy: Sums per arm, K × D × D and K × D.
        yy, batches: Sums over all arms.
        credits: Per arm, Σ 1/variance and Σ value/variance of evidence from outside: K × 2.
        attributes: K × A.
        prior: Variances.
    """
    arms, dimension = zy.shape
    to_shared = _sharing(attributes, dimension)
    own_prior, shared_prior = _precisions(attributes, dimension, prior)
    noise = prior.noise
    for _ in range(NOISE_ROUNDS):
        found = _solve(zz, zy, credits, to_shared, own_prior, shared_prior, noise)
        misfit = yy - 2 * np.sum(found.mean * zy) + np.einsum("kd,kde,ke->", found.mean, zz, found.mean)
        through = found.shared @ found.root
        covariance = found.own + through @ through.transpose(0, 2, 1)
        learned = np.sum(zz * covariance) / noise
        freedom = max(batches - float(learned), 0.0)
        noise = (NOISE_PRIOR_BATCHES * prior.noise + max(float(misfit), 0.0)) / (
            NOISE_PRIOR_BATCHES + freedom
        )
        noise = min(max(noise, prior.noise / 100), prior.noise * 100)
    return _solve(zz, zy, credits, to_shared, own_prior, shared_prior, noise)


def _solve(
    zz: Array,
    zy: Array,
    credits: Array,
    to_shared: Array,
    own_prior: Array,
    shared_prior: Array,
    noise: float,
) -> Posterior:
    data = zz / noise
    pull = zy / noise
    data[:, CONSTANT, CONSTANT] += credits[:, 0]
    pull[:, CONSTANT] += credits[:, 1]
    precision = data.copy()
    diagonal = np.arange(zy.shape[1])
    precision[:, diagonal, diagonal] += own_prior
    own = np.linalg.inv(precision)
    cross = data @ to_shared
    shrunk = own @ cross
    transposed = to_shared.transpose(0, 2, 1)
    schur = np.sum(transposed @ cross - cross.transpose(0, 2, 1) @ shrunk, axis=0)
    schur[np.diag_indices(len(schur))] += shared_prior
    target = np.einsum("kdg,kd->g", to_shared - shrunk, pull)
    root = np.linalg.inv(np.linalg.cholesky(schur)).T
    effects = root @ (root.T @ target)
    shared = to_shared - shrunk
    mean = shared @ effects + np.einsum("kde,ke->kd", own, pull)
    return Posterior(mean, own, shared, root, noise)


def _sharing(attributes: Array, dimension: int) -> Array:
    """K × D × G: which shared effects make up an arm's coefficients. G: level, attributes, context."""
    arms, columns = attributes.shape
    features = dimension - FIRST_FEATURE
    out = np.zeros((arms, dimension, 1 + columns + features + 1))
    out[:, CONSTANT, 0] = 1.0
    out[:, CONSTANT, 1 : 1 + columns] = attributes
    for i in range(features):
        out[:, FIRST_FEATURE + i, 1 + columns + i] = 1.0
    out[:, SLOPE, -1] = 1.0
    return out


def _precisions(attributes: Array, dimension: int, prior: Prior) -> tuple[Array, Array]:
    arms, columns = attributes.shape
    has_attributes = attributes.any(axis=1)
    own = np.full((arms, dimension), 1.0 / prior.arm_in_context)
    own[:, CONSTANT] = np.where(has_attributes, 1.0 / (prior.arm * (1 - prior.attributes)), 1.0 / prior.arm)
    own[:, SLOPE] = 1.0 / prior.slope
    shared = np.concatenate(
        [
            [1.0 / prior.level],
            np.full(columns, 1.0 / (prior.arm * prior.attributes)),
            np.full(dimension - FIRST_FEATURE, 1.0 / prior.context),
            [1.0 / prior.slope],
        ]
    )
    return own, shared


def weight_of(rows: int) -> float:
    """A batch's weight: its rows in units of 16; at least one row."""
    return max(rows, 1) / ROWS_PER_UNIT
