"""UCB-tuned: UCB1 with a bound on each arm's own variance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds, Waiting, highest, untried
from datagen_plugin_bandits.config import UcbTunedConfig

MAX_VARIANCE = 0.25
"""Of any reward in [0, 1]."""


class UcbTuned(Bandit[UcbTunedConfig]):
    """Each arm once; then the highest mean + width · √(ln n / n_arm · min(1/4, V)).

    V = mean of squares − square of mean + √(2 ln n / n_arm). Source: Auer, Cesa-Bianchi & Fischer 2002, Finite-time
    analysis of the multiarmed bandit problem, section 4 (UCB1-tuned). Different here: pending pulls count in n and
    n_arm, without a reward; an arm whose pulls are all pending has the mean of all arms and variance 1/4.
    """

    def __init__(self, config: UcbTunedConfig) -> None:
        super().__init__(config)
        self._squares: dict[str, float] = {}

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        tries = self.tries()
        log_n = math.log(max(1, tries.total()))
        if fresh := untried(names, tries):
            return fresh
        bonus = {
            name: math.sqrt(log_n / tries[name] * self.variance_bound(name, log_n, tries[name]))
            for name in names
        }
        return highest(
            [self.mean(name) + self.config.width * bonus[name] for name in names], "highest UCB-tuned index"
        )

    def variance_bound(self, name: str, log_n: float, tries: int) -> float:
        """min(1/4, V) of an arm."""
        if name not in self._squares:
            return MAX_VARIANCE
        variance = max(0.0, self._squares[name] / self._pulls[name] - self.mean(name) ** 2)
        return min(MAX_VARIANCE, variance + math.sqrt(2 * log_n / tries))

    def learn(self, decision: Waiting, reward: float, rows: int) -> None:
        """Sums the squares."""
        self._squares[decision.arm] = self._squares.get(decision.arm, 0.0) + reward**2

    def own_state(self) -> dict[str, Any]:
        """Sums of squared rewards per arm."""
        return {"squares": dict(self._squares)}

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        self._squares = dict(state["squares"])
