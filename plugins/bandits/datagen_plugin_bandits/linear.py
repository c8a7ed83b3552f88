"""A ridge regression of the reward per arm on the job's features, which lin-ucb and lin-ts share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from datagen_core.context import Context
from datagen_core.router import Episode
from datagen_plugin_bandits.bandit import Bandit, Waiting
from datagen_plugin_bandits.config import LinearConfig

LinearConfigT = TypeVar("LinearConfigT", bound=LinearConfig)
Array: TypeAlias = NDArray[np.float64]

INTERCEPT = ""
"""Name of the feature that is always 1."""


class LinearBandit(Bandit[LinearConfigT]):
    """Per arm A = ridge · I + Σ w x xᵀ and b = Σ w x (reward − prior mean); of x, mean and width of its reward.

    x is 1 and the features of the context, scaled to length 1 as the theory asks. Features are known by name: a new
    one is a new row and column, with weight 0 so far; past `max_features` they are left out, so that the state is
    bounded. w is 1, or `recall_weight` for batches of earlier runs.
    """

    def __init__(self, config: LinearConfigT) -> None:
        super().__init__(config)
        self._features: list[str] = []
        self._outer: dict[str, Array] = {}
        self._sums: dict[str, Array] = {}

    def scores(
        self, names: Sequence[str], features: Mapping[str, float], in_flight: Sequence[Waiting] = ()
    ) -> tuple[list[float], list[float]]:
        """Mean and width √(xᵀ A⁻¹ x) of each arm's reward; decisions in flight count in the width alone."""
        x = self._vector(features)
        means, widths = [], []
        for name in names:
            outer, sums = self._of(name)
            matrix = outer + self.config.ridge * np.eye(len(x))
            theta, solved = np.linalg.solve(matrix, np.column_stack([sums, x])).T
            means.append(self.config.prior_mean + float(x @ theta))
            flying = [self._vector(one.facts) for one in in_flight if one.arm == name]
            if flying:
                solved = np.linalg.solve(matrix + sum(np.outer(v, v) for v in flying), x)
            widths.append(math.sqrt(max(0.0, float(x @ solved))))
        return means, widths

    def learn(self, decision: Waiting, reward: float, rows: int) -> None:
        """Adds the reward under the features that the decision was made with."""
        self._add(decision.arm, decision.facts, reward, 1.0)

    def recall(self, episodes: Sequence[Episode]) -> None:
        """Batches of earlier runs count `recall_weight` each, under the features of their runs."""
        for episode in episodes:
            if episode.feedback.reward is not None and self.config.recall_weight:
                features = unit(episode.context)
                self._add(episode.arm.name, features, episode.feedback.reward, self.config.recall_weight)

    def _add(self, arm: str, features: Mapping[str, float], reward: float, weight: float) -> None:
        x = self._vector(features)
        outer, sums = self._of(arm)
        self._outer[arm] = outer + weight * np.outer(x, x)
        self._sums[arm] = sums + weight * (reward - self.config.prior_mean) * x

    def _vector(self, features: Mapping[str, float]) -> Array:
        """The features in the order they were met, new ones last."""
        room = self.config.max_features - len(self._features)
        self._features += [name for name in features if name not in self._features][:room]
        return np.array([features.get(name, 0.0) for name in self._features])

    def _of(self, arm: str) -> tuple[Array, Array]:
        """An arm's Σ w x xᵀ and b over the features known by now."""
        size = len(self._features)
        outer, sums = np.zeros((size, size)), np.zeros(size)
        if arm in self._sums:
            known = len(self._sums[arm])
            outer[:known, :known], sums[:known] = self._outer[arm], self._sums[arm]
        return outer, sums

    def own_state(self) -> dict[str, Any]:
        """The features' names, and per arm the lower triangle of Σ w x xᵀ by rows, and b."""
        return {
            "features": list(self._features),
            "arms": {
                arm: {
                    "outer": [row[: i + 1].tolist() for i, row in enumerate(outer)],
                    "sums": self._sums[arm].tolist(),
                }
                for arm, outer in self._outer.items()
            },
        }

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        self._features = list(state["features"])
        self._outer = {arm: _symmetric(kept["outer"]) for arm, kept in state["arms"].items()}
        self._sums = {arm: np.array(kept["sums"], float) for arm, kept in state["arms"].items()}


def features_of(context: Context) -> dict[str, float]:
    """The context's features and the intercept, by name, scaled to length 1; zeros left out."""
    return unit(context.vector())


def unit(features: Mapping[str, float]) -> dict[str, float]:
    """Features and the intercept scaled to length 1; zeros left out."""
    there = {INTERCEPT: 1.0, **{name: value for name, value in features.items() if value}}
    length = math.sqrt(math.fsum(value**2 for value in there.values()))
    return {name: value / length for name, value in there.items()}


def _symmetric(rows: Sequence[Sequence[float]]) -> Array:
    lower = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        lower[i, : i + 1] = lower[: i + 1, i] = row
    return lower
