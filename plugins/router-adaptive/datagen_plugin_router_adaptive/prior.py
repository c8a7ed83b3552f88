"""The hierarchy before anything is seen: which effects make up an arm's coefficients, and how wide they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datagen_plugin_router_adaptive.features import CONSTANT, FIRST_FEATURE, SLOPE, Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """Variances of effects before anything is seen, on rewards in [0, 1]; standard deviations are their roots.

    Attributes:
        level: The mean over all arms.
        arm: An arm's departure from it; of arms that share attributes `attributes` is the part that those explain.
        context: What a context adds to all arms alike.
        arm_in_context: What it adds to one arm.
        slope: What an arm loses or gains per 100 accepted samples.
        worth: What an arm's rows are worth beyond its rewards (see `worth`), once that is evaluated.
        noise: Variance of the reward of a batch of 16 rows (0.1 is the standard deviation of a batch of 20).
    """

    level: float = 0.04
    arm: float = 0.04
    attributes: float = 0.75
    context: float = 0.01
    arm_in_context: float = 0.2
    slope: float = 0.01
    worth: float = 0.04
    noise: float = 0.0125


@dataclass(frozen=True, slots=True)
class Scales:
    """What is learned beside the coefficients.

    Attributes:
        own: Factors on the prior variances of the arms' own coefficients: D.
        shared: Factors on those of the shared effects (level, attributes, context, slope): G.
        noise: σ², the variance of the reward of 16 rows.
    """

    own: Array
    shared: Array
    noise: float


def sharing(attributes: Array, dimension: int) -> Array:
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


def precisions(attributes: Array, dimension: int, prior: Prior) -> tuple[Array, Array]:
    """1/variance of the arms' own coefficients, K × D, and of the shared effects, G."""
    arms, columns = attributes.shape
    unexplained = np.where(attributes.any(axis=1), 1.0 - prior.attributes, 1.0)[:, None]
    own = np.full((arms, dimension), 1.0 / prior.arm_in_context) / unexplained
    own[:, CONSTANT] = 1.0 / (prior.arm * unexplained[:, 0])
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
