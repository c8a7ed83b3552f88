"""Building the routers by name, asking them, and telling them what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import datagen_plugin_bandits
import pytest

from datagen_core import Arm, Context, Decision, Feedback, Router

Means: TypeAlias = Mapping[str, float]


class Driver:
    """A router with its decisions numbered and its randomness seeded."""

    def __init__(self, router: Router[Any], seed: int = 0) -> None:
        self.router = router
        self.seed = seed
        self.made = 0

    def ask(self, names: Iterable[str], context: Context | None = None, seed: int | None = None) -> Decision:
        """The next decision among arms; it stays pending."""
        rng = random.Random(f"{self.seed}|{self.made}" if seed is None else seed)
        arms = [Arm(name=name) for name in names]
        decision = self.router.select(context or Context(), arms, decision_id=f"d{self.made}", rng=rng)
        self.made += 1
        return decision

    def tell(self, decision: Decision, reward: float | None, rows: int = 20) -> None:
        self.router.update(decision.id, Feedback(reward=reward, requested=rows))

    def feed(self, *rewards: tuple[str, float], context: Context | None = None, rows: int = 20) -> None:
        """One answered decision for each arm and reward, that arm alone being offered."""
        for name, reward in rewards:
            self.tell(self.ask([name], context), reward, rows)

    def scores(self, names: Iterable[str], context: Context | None = None) -> dict[str, float]:
        """What the arms are compared by now; the router is left as it was."""
        return dict(self._ask_and_undo(names, context, 0).details["scores"])

    def odds(self, names: Sequence[str], context: Context | None = None) -> dict[str, float]:
        """The propensity of each arm that is chosen under one of 200 seeds; the router is left as it was."""
        decisions = [self._ask_and_undo(names, context, seed) for seed in range(200)]
        return {decision.arm: decision.propensity for decision in decisions}

    def _ask_and_undo(self, names: Iterable[str], context: Context | None, seed: int) -> Decision:
        state = self.router.state()
        decision = self.ask(names, context, seed)
        self.router.load(state)
        self.made -= 1
        return decision

    def play(self, means_at: Callable[[int], Means], rounds: int, rows: int = 20) -> list[float]:
        """The regret of each decision, where an arm's reward is the share of `rows` coins that fall its way."""
        world = random.Random(f"world|{self.seed}")
        regrets = []
        for t in range(rounds):
            means = means_at(t)
            decision = self.ask(means)
            hits = sum(world.random() < means[decision.arm] for _ in range(rows))
            self.tell(decision, hits / rows, rows)
            regrets.append(max(means.values()) - means[decision.arm])
        return regrets


@pytest.fixture(scope="session")
def drive() -> Callable[..., Driver]:
    """drive("ucb1", width=0.3): a driver of a new router with these options."""
    components = {component.name: component for component in datagen_plugin_bandits.datagen_routers()}

    def new(name: str, /, seed: int = 0, **options: Any) -> Driver:
        config = components[name].load_config()(**options)
        return Driver(components[name].load_impl()(config), seed)

    return new
