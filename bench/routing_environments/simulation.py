"""A router in a world. What a batch brings depends on seed, batch and arm alone, so all routers see the same draws."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datagen_core.router import Decision, Episode, Feedback, Outlook, Router
from routing_environments.environments import draw
from routing_environments.world import ROWS, World

JUDGE_NOISE = 0.05
PRICE_NOISE = 0.1


@dataclass
class Draws:
    """The chances of a seed: per batch and arm those of rows, judge and price; per batch, who is answered next."""

    rows: np.ndarray
    judge: np.ndarray
    price: np.ndarray
    order: np.ndarray

    @classmethod
    def of(cls, seed: int, name: str, world: World) -> Draws:
        rng = np.random.default_rng([seed, zlib.crc32(name.encode()), 1])
        shape = world.pass_rate.shape
        return cls(
            rng.random((*shape, ROWS)),
            rng.standard_normal(shape),
            rng.uniform(1 - PRICE_NOISE, 1 + PRICE_NOISE, shape),
            rng.random(world.rounds + world.in_flight),
        )


@dataclass
class Simulation:
    """One router in one world: earns the expected reward of what it chooses."""

    name: str
    seed: int
    make: Callable[[], Router[Any]]
    earned: float = 0.0
    spent: float = 0.0
    waiting: list[tuple[int, int, Decision]] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)

    def score(self) -> float:
        """Earned / what the clairvoyant earns."""
        self.world = draw(self.name, self.seed)
        self.draws = Draws.of(self.seed, self.name, self.world)
        self.index = {arm.name: i for i, arm in enumerate(self.world.arms)}
        self.router = self.make()
        for t in range(self.world.rounds):
            if self.world.has_memory and t and self.world.jobs[t] != self.world.jobs[t - 1]:
                self._next_job()
            if len(self.waiting) >= self.world.in_flight:
                self._answer(int(self.draws.order[t] * len(self.waiting)))
            if not self._decide(t):
                break
        while self.waiting:
            self._answer(0)
        return self.earned / self.world.clairvoyant()

    def _next_job(self) -> None:
        """A new router that recalls; one that can't recall goes on as it is, or it would stand for no memory at all."""
        while self.waiting:
            self._answer(0)
        if type(self.router).recall is not Router.recall:
            self.router = self.make()
            self.router.recall(self.episodes)

    def _decide(self, t: int) -> bool:
        """Whether the batch could be paid; a run ends at the first that can't."""
        world = self.world
        outlook = Outlook(requested=ROWS)
        if world.money is not None:
            left = max(0.0, world.money - self.spent)
            outlook = Outlook(requested=ROWS, rows_missing=ROWS * (world.rounds - t), cost_left=left)
        decision = self.router.select(
            world.contexts[t],
            world.arms,
            decision_id=f"d{t}",
            rng=random.Random(f"{self.seed}|{t}"),
            outlook=outlook,
        )
        arm = self.index[decision.arm]
        self.waiting.append((t, arm, decision))
        if world.money is not None and self._price(t, arm) > world.money - self.spent:
            self.waiting.clear()
            return False
        return True

    def _price(self, t: int, arm: int) -> float:
        return 0.0 if self.world.prices is None else float(self.world.prices[arm] * self.draws.price[t, arm])

    def _answer(self, which: int) -> None:
        t, arm, decision = self.waiting.pop(which)
        world = self.world
        self.earned += world.worth(t, arm)
        accepted = int(np.sum(self.draws.rows[t, arm] < world.chance(t, arm)))
        judged = float(np.clip(world.quality[arm] + JUDGE_NOISE * self.draws.judge[t, arm], 0.0, 1.0))
        world.used[world.pools[t], arm] += accepted
        self.spent += self._price(t, arm)
        feedback = Feedback(
            reward=accepted / ROWS * judged, requested=ROWS, accepted=accepted, cost=self._price(t, arm)
        )
        self.router.update(decision.id, feedback)
        if world.has_memory:
            self.episodes.append(
                Episode(
                    job=f"job-{world.jobs[t]}",
                    context=world.contexts[t].vector(),
                    arm=world.arms[arm],
                    feedback=feedback,
                    propensity=decision.propensity,
                )
            )
