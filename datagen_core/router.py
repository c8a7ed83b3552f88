"""The interface of routers: which arm makes the next batch, and what is learned from it."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.nothing import EMPTY

ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What a router may know of an arm: its name, attributes to generalise over, and its version."""

    name: str
    attributes: Mapping[str, str] = EMPTY
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A choice, with the probability it had under the router's policy and the reason in words."""

    id: str
    arm: str
    propensity: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What came of a decision. `reward` is None when the batch failed for operational reasons: the
    decision is then released, not judged.
    """

    reward: float | None
    requested: int = 0
    accepted: int = 0
    cost: float = 0.0
    variance: float | None = None


class Router(ABC, Generic[ConfigT]):
    """Chooses arms and learns.

    Everything is reproducible: randomness comes in with each call, the state is JSON and round-trips
    exactly, updates are idempotent by decision id and may come late, out of order or never.
    """

    def __init__(self, config: ConfigT) -> None:
        self.config = config

    @abstractmethod
    def select(
        self, context: Context, arms: Sequence[Arm], *, decision_id: str, rng: random.Random
    ) -> Decision:
        """Chooses among the arms offered now (never none); the decision is pending until its update."""

    @abstractmethod
    def update(self, decision_id: str, feedback: Feedback) -> None:
        """Learns from a pending decision; an unknown or already answered id changes nothing.

        Raises ValueError for a reward that is NaN or outside [0, 1], before anything changes.
        """

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """All it knows, pending decisions included, as JSON."""

    @abstractmethod
    def load(self, state: Mapping[str, Any]) -> None:
        """Becomes the router that gave this state."""

    def summary(self) -> Mapping[str, Mapping[str, float]]:
        """Per arm, what there is to show: `pulls`, `mean` and whatever else it keeps."""
        return {}


def check_reward(reward: float | None) -> None:
    """Raises ValueError unless the reward is None or a number in [0, 1]."""
    if reward is not None and not 0.0 <= reward <= 1.0:
        raise ValueError(f"a reward must be in [0, 1], got {reward!r}")
