"""Epsilon-greedy: the best arm so far, and with a decaying probability any arm."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.router import (
    NOTHING_KNOWN,
    Arm,
    Decision,
    Feedback,
    Outlook,
    Router,
    check_reward,
)


class EpsilonGreedyConfig(Config):
    """How much it explores."""

    start: float = Field(0.3, ge=0, le=1, description="exploration probability at first")
    decay: float = Field(0.98, gt=0, le=1, description="factor on it per decision")
    floor: float = Field(0.1, ge=0, le=1, description="never less; a zero floor can't notice drift")


class EpsilonGreedy(Router[EpsilonGreedyConfig]):
    """Every arm once, in the order offered; then the best mean reward with probability 1 − ε, else any.

    ε starts at `start`, is multiplied by `decay` per decision after the first round, and stays above `floor`.
    Ties are broken at random. Context is ignored. Source: Sutton & Barto, Reinforcement Learning, 2nd
    ed., section 2.2, with decay.
    """

    def __init__(self, config: EpsilonGreedyConfig) -> None:
        super().__init__(config)
        self._decisions = 0
        self._pulls: dict[str, int] = {}
        self._totals: dict[str, float] = {}
        self._pending: dict[str, str] = {}

    def select(
        self,
        context: Context,
        arms: Sequence[Arm],
        *,
        decision_id: str,
        rng: random.Random,
        outlook: Outlook = NOTHING_KNOWN,
    ) -> Decision:
        """See `Router.select`."""
        names = [arm.name for arm in arms]
        tried = set(self._pulls) | set(self._pending.values())
        fresh = [name for name in names if name not in tried]
        if fresh:
            chosen, propensity, reason = fresh[0], 1.0, "not tried yet"
        else:
            chosen, propensity, reason = self._greedy_or_any(names, rng)
        self._pending[decision_id] = chosen
        return Decision(id=decision_id, arm=chosen, propensity=propensity, reason=reason)

    def _greedy_or_any(self, names: list[str], rng: random.Random) -> tuple[str, float, str]:
        epsilon = max(self.config.floor, self.config.start * self.config.decay**self._decisions)
        self._decisions += 1
        means = {name: self._mean(name) for name in names if self._pulls.get(name)}
        best = [name for name in names if name in means and means[name] == max(means.values())] or names
        if rng.random() < epsilon:
            chosen, why = rng.choice(names), f"explore (epsilon {epsilon:.2f})"
        else:
            chosen = rng.choice(best)
            why = f"best mean {means[chosen]:.3f}" if chosen in means else "no reward known yet"
        propensity = epsilon / len(names) + ((1 - epsilon) / len(best) if chosen in best else 0.0)
        return chosen, propensity, why

    def _mean(self, name: str) -> float:
        return self._totals[name] / self._pulls[name]

    def update(self, decision_id: str, feedback: Feedback) -> None:
        """See `Router.update`."""
        check_reward(feedback.reward)
        arm = self._pending.pop(decision_id, None)
        if arm is None or feedback.reward is None:
            return
        self._pulls[arm] = self._pulls.get(arm, 0) + 1
        self._totals[arm] = self._totals.get(arm, 0.0) + feedback.reward

    def state(self) -> dict[str, Any]:
        """Decisions made, pulls and reward totals per arm, and what is pending."""
        return {
            "decisions": self._decisions,
            "pulls": dict(self._pulls),
            "totals": dict(self._totals),
            "pending": dict(self._pending),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Inverse of `state`."""
        self._decisions = int(state["decisions"])
        self._pulls = dict(state["pulls"])
        self._totals = dict(state["totals"])
        self._pending = dict(state["pending"])

    def summary(self) -> Mapping[str, Mapping[str, float]]:
        """Pulls and mean reward per arm."""
        return {name: {"pulls": n, "mean": self._mean(name)} for name, n in self._pulls.items()}
