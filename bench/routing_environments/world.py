"""What a simulated job is, and what a clairvoyant router earns in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from datagen_core.context import Context
from datagen_core.router import Arm

ROWS = 20
"""Rows asked for per batch, everywhere."""


@dataclass(kw_only=True)
class World:
    """A job, or several after another: T batches, K arms.

    Attributes:
        arms: The arms offered, all of them at every batch.
        pass_rate: Chance that a row is accepted while nothing is used up: T × K.
        quality: Mean judge score of an arm's accepted rows: K.
        contexts: The context of each batch.
        jobs: The job that each batch belongs to.
        pools: Which pool of samples a batch draws from, T; `pool_sizes` is how many distinct samples an arm
            has in each: pools × K. With u of N accepted, a row is new with probability 1 − u/N.
        prices: Cost of a batch, K; `money` is the budget over all batches.
        in_flight: Batches decided before the first of them is answered; any of them is answered next.
        has_memory: Whether each job starts with a new router that recalls the ones before.
    """

    arms: Sequence[Arm]
    pass_rate: np.ndarray
    quality: np.ndarray
    contexts: Sequence[Context]
    jobs: np.ndarray
    pools: np.ndarray
    pool_sizes: np.ndarray
    prices: np.ndarray | None = None
    money: float | None = None
    in_flight: int = 1
    has_memory: bool = False
    used: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.used = np.zeros(self.pool_sizes.shape)

    @property
    def rounds(self) -> int:
        return len(self.pass_rate)

    def chance(self, t: int, arm: int) -> float:
        """Chance that a row of this batch is accepted, as used up as the arm is now."""
        pool = self.pools[t]
        fresh = max(0.0, 1.0 - self.used[pool, arm] / self.pool_sizes[pool, arm])
        return float(self.pass_rate[t, arm]) * fresh

    def worth(self, t: int, arm: int) -> float:
        """Expected reward of this batch, as used up as the arm is now."""
        return self.chance(t, arm) * float(self.quality[arm])

    def clairvoyant(self) -> float:
        """Expected reward of a router that knows every expectation (and whose acceptances are the expected ones).

        With a budget: the best mix of two arms, T × the optimum of max Σ xᵢ wᵢ, Σ xᵢ cᵢ ≤ money/T, Σ xᵢ ≤ 1.
        Otherwise: at each batch the arm of the highest expectation, its pool then being used up by the expected
        acceptances. That is the optimum wherever nothing but use lowers an arm's worth (each pull earns less than
        the one before; arms and pools don't touch each other), so everywhere but in `mixed`, where an arm that
        will degrade should be used a little sooner.
        """
        if self.prices is not None and self.money is not None:
            return self.rounds * best_mix(
                self.pass_rate[0] * self.quality, self.prices, self.money / self.rounds
            )
        used, total = np.zeros(self.pool_sizes.shape), 0.0
        for t in range(self.rounds):
            pool = self.pools[t]
            chances = self.pass_rate[t] * np.maximum(0.0, 1.0 - used[pool] / self.pool_sizes[pool])
            best = int(np.argmax(chances * self.quality))
            total += float(chances[best] * self.quality[best])
            used[pool, best] += ROWS * chances[best]
        return total


def best_mix(worth: np.ndarray, prices: np.ndarray, allowance: float) -> float:
    """Reward per batch of the best shares of arms (and of doing nothing) whose mean price is at most the allowance."""
    w, c = np.append(worth, 0.0), np.append(prices, 0.0)
    best = float(w[c <= allowance].max())
    for low in np.flatnonzero(c <= allowance):
        for high in np.flatnonzero(c > allowance):
            share = (allowance - c[low]) / (c[high] - c[low])
            best = max(best, float((1 - share) * w[low] + share * w[high]))
    return best
