"""Exp3.S: exponential weights for rewards that follow no distribution, and a best arm that changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds, Waiting
from datagen_plugin_bandits.config import Exp3SConfig


class Exp3S(Bandit[Exp3SConfig]):
    """Arms of K with probability p = (1 − γ) · weight / sum of weights + γ / K.

    A reward r of an arm multiplies its weight by exp(γ · r / (p · K)), with p and K as they were at the decision; then
    each weight grows by e · α · mean of the weights before. Source: Auer, Cesa-Bianchi, Freund & Schapire 2002, The
    nonstochastic multiarmed bandit problem, section 8 (Exp3.S). Different here: rewards may come late and in any
    order; an arm that is new has the mean of the known weights; weights are kept with their largest at 1.
    """

    def __init__(self, config: Exp3SConfig) -> None:
        super().__init__(config)
        self._weights: dict[str, float] = {}

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`; it gives new arms their weight."""
        start = _mean(self._weights) if self._weights else 1.0
        for name in names:
            self._weights.setdefault(name, start)
        weights = [self._weights[name] for name in names]
        gamma, arms, total = self.config.gamma, len(names), math.fsum(weights)
        shares = [gamma / arms + (1 - gamma) * (w / total if total else 1 / arms) for w in weights]
        return Odds(shares=shares, why="drawn by the weights of Exp3.S", scores=shares, facts={"arms": arms})

    def learn(self, decision: Waiting, reward: float, rows: int) -> None:
        """The update of the weights."""
        spread = math.e * self.config.alpha * _mean(self._weights)
        gain = self.config.gamma * reward / (decision.propensity * decision.facts["arms"])  # at most 1
        self._weights[decision.arm] *= math.exp(gain)
        top = max(self._weights.values()) + spread
        self._weights = {name: (weight + spread) / top for name, weight in self._weights.items()}

    def own_state(self) -> dict[str, Any]:
        """Weights per arm."""
        return {"weights": dict(self._weights)}

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        self._weights = dict(state["weights"])

    def shown(self, name: str) -> Mapping[str, float]:
        """The weight, the largest being 1."""
        return {"weight": self._weights[name]}


def _mean(weights: Mapping[str, float]) -> float:
    return math.fsum(weights.values()) / len(weights)
