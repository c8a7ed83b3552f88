"""Bandit libraries behind DataGen's interface.

Exploration is set to about the noise of a batch: their defaults are for rewards of 0 or 1 and earn less. They see
one-hot words and log-counts of the context as a fixed vector, are told of rewards as these arrive, and know nothing of
money and of what is in flight. A library that isn't installed is left out.
"""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.router import NOTHING_KNOWN, Arm, Decision, Feedback, Outlook, Router

FEATURES = 24


class Library(Router[Config]):
    """A library: `pull` and `learn` on a context vector whose features get columns as they appear."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(Config())
        self.seed = seed
        self.columns: dict[str, int] = {"": 0}
        self.pending: dict[str, tuple[str, np.ndarray]] = {}
        self.names: list[str] = []

    def start(self) -> None:
        """Called once, when the arms are known."""

    def pull(self, x: np.ndarray) -> str:
        raise NotImplementedError

    def learn(self, arm: str, x: np.ndarray, reward: float) -> None:
        raise NotImplementedError

    def select(
        self,
        context: Context,
        arms: Sequence[Arm],
        *,
        decision_id: str,
        rng: random.Random,
        outlook: Outlook = NOTHING_KNOWN,
    ) -> Decision:
        if not self.names:
            self.names = [arm.name for arm in arms]
            self.start()
        x = np.zeros(FEATURES)
        x[0] = 1.0
        for name, value in context.vector().items():
            if value and (column := self.columns.setdefault(name, len(self.columns))) < FEATURES:
                x[column] = value if "=" in name else value / 4
        arm = self.pull(x)
        self.pending[decision_id] = arm, x
        return Decision(id=decision_id, arm=arm, propensity=1.0, reason="library")

    def update(self, decision_id: str, feedback: Feedback) -> None:
        arm, x = self.pending.pop(decision_id)
        if feedback.reward is not None:
            self.learn(arm, x, feedback.reward)

    def state(self) -> dict[str, Any]:
        return {}

    def load(self, state: Mapping[str, Any]) -> None:
        return None


class MabWiser(Library):
    """mabwiser's MAB with a learning policy; contextual ones get the vector."""

    def __init__(self, policy: str, seed: int = 0, **options: float) -> None:
        super().__init__(seed)
        self.policy, self.options, self.seen = policy, options, 0

    def start(self) -> None:
        from mabwiser.mab import MAB, LearningPolicy

        self.mab = MAB(self.names, getattr(LearningPolicy, self.policy)(**self.options), seed=self.seed)
        self.is_contextual = self.policy.startswith("Lin")

    def pull(self, x: np.ndarray) -> str:
        if self.seen < len(self.names):
            return self.names[self.seen]
        return str(self.mab.predict([x] if self.is_contextual else None))

    def learn(self, arm: str, x: np.ndarray, reward: float) -> None:
        learn = self.mab.partial_fit if self.seen else self.mab.fit
        learn([arm], [reward], [x] if self.is_contextual else None)
        self.seen += 1


class River(Library):
    """river's bandit policies."""

    def __init__(self, make: Callable[[int], Any], seed: int = 0) -> None:
        super().__init__(seed)
        self.make = make

    def start(self) -> None:
        self.river = self.make(self.seed)
        self.is_contextual = type(self.river).__name__.startswith("Lin")

    def pull(self, x: np.ndarray) -> str:
        if self.is_contextual:
            return str(self.river.pull(self.names, context=_named(x)))
        return str(self.river.pull(self.names))

    def learn(self, arm: str, x: np.ndarray, reward: float) -> None:
        if self.is_contextual:
            self.river.update(arm, _named(x), reward)
        else:
            self.river.update(arm, reward)


class VowpalWabbit(Library):
    """VW's contextual bandit with action features: the arm's name, its attributes, and the context."""

    def __init__(self, exploration: str, seed: int = 0) -> None:
        super().__init__(seed)
        self.exploration = exploration
        self.attributes: dict[str, Mapping[str, str]] = {}
        self.chances: dict[bytes, np.ndarray] = {}

    def start(self) -> None:
        import vowpalwabbit

        self.vw = vowpalwabbit.Workspace(
            f"--cb_explore_adf {self.exploration} --quiet -q CA --random_seed {self.seed + 1}"
        )
        self.rng = random.Random(self.seed)

    def select(self, context: Context, arms: Sequence[Arm], **more: Any) -> Decision:
        self.attributes = {arm.name: arm.attributes for arm in arms}
        return super().select(context, arms, **more)

    def _lines(self, x: np.ndarray, label: str = "", arm: str = "") -> list[str]:
        shared = " ".join(f"f{i}:{value:.4f}" for i, value in enumerate(x) if value)
        lines = [f"shared |C {shared}"]
        for name in self.names:
            words = " ".join(f"{key}={value}" for key, value in self.attributes[name].items())
            lines.append(f"{label if name == arm else ''} |A arm={name} {words}")
        return lines

    def pull(self, x: np.ndarray) -> str:
        chances = np.array(self.vw.predict(self._lines(x)))
        index = self.rng.choices(range(len(chances)), weights=chances.tolist())[0]
        self.chances[x.tobytes() + self.names[index].encode()] = chances[index]
        return self.names[index]

    def learn(self, arm: str, x: np.ndarray, reward: float) -> None:
        chance = float(self.chances[x.tobytes() + arm.encode()])
        self.vw.learn(self._lines(x, f"0:{-reward:.5f}:{chance:.5f}", arm))


class ParetoBandit(Library):
    """paretobandit's disjoint LinUCB policy, without its text features and warm start."""

    def start(self) -> None:
        from pareto_bandit import DisjointLinUCBPolicy

        self.policy = DisjointLinUCBPolicy(
            self.names, FEATURES, alpha=0.15, forgetting_factor=0.997, seed=self.seed
        )

    def pull(self, x: np.ndarray) -> str:
        arm = str(self.policy.select_arm(x, self.names)[0])
        self.policy.mark_selected(arm)
        return arm

    def learn(self, arm: str, x: np.ndarray, reward: float) -> None:
        self.policy.update(arm, x, reward, advance_time=False)


def _named(x: np.ndarray) -> dict[str, float]:
    return {f"f{i}": float(value) for i, value in enumerate(x) if value}


def libraries() -> dict[str, Callable[[int], Library]]:
    """Those that are installed: name → a new one, by seed."""
    found: dict[str, Callable[[int], Library]] = {}
    if importlib.util.find_spec("mabwiser"):
        found["mabwiser LinUCB"] = lambda seed: MabWiser("LinUCB", seed, alpha=0.3, l2_lambda=1.0)
        found["mabwiser UCB1"] = lambda seed: MabWiser("UCB1", seed, alpha=0.2)
        found["mabwiser eps-greedy"] = lambda seed: MabWiser("EpsilonGreedy", seed, epsilon=0.1)
    if importlib.util.find_spec("river"):
        from river import bandit

        found["river LinUCB"] = lambda seed: River(
            lambda s: bandit.LinUCBDisjoint(alpha=1.0, beta=100.0, seed=s), seed
        )
        found["river UCB"] = lambda seed: River(lambda s: bandit.UCB(delta=0.2, burn_in=1, seed=s), seed)
        found["river eps-greedy"] = lambda seed: River(
            lambda s: bandit.EpsilonGreedy(epsilon=0.3, decay=0.02, burn_in=1, seed=s), seed
        )
    if importlib.util.find_spec("vowpalwabbit"):
        found["vw squarecb"] = lambda seed: VowpalWabbit("--squarecb --gamma_scale 100", seed)
        found["vw epsilon"] = lambda seed: VowpalWabbit("--epsilon 0.1", seed)
    if importlib.util.find_spec("pareto_bandit"):
        found["paretobandit"] = lambda seed: ParetoBandit(seed)
    return found
