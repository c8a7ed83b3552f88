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
class Outlook:
    """What lies ahead of a decision, as far as it is known.

    Attributes:
        requested: Rows that the next batch will be asked for, about.
        rows_missing: Accepted rows still wanted, batches in flight taken into account; None where unknown.
        cost_left: Money left under `max_cost`, at list price; None without such a budget.
    """

    requested: int = 1
    rows_missing: int | None = None
    cost_left: float | None = None


NOTHING_KNOWN = Outlook()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A choice, with the probability it had under the router's policy and the reason in words.

    `details` are the numbers behind the reason (means, intervals, bonuses, what was displaced …), JSON-able;
    they are stored with the batch and shown by `explain`.
    """

    id: str
    arm: str
    propensity: float
    reason: str
    details: Mapping[str, Any] = EMPTY


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A decision of an earlier run with what came of it, as memory keeps it.

    Attributes:
        job: Which run.
        context: The run's features by name, as `Context.vector` gives them.
        arm: The arm as it was then.
        feedback: What came of it; its reward is never None.
        propensity: The probability it had.
    """

    job: str
    context: Mapping[str, float]
    arm: Arm
    feedback: Feedback
    propensity: float = 1.0


class Router(ABC, Generic[ConfigT]):
    """Chooses arms and learns.

    Everything is reproducible: randomness comes in with each call, the state is JSON and round-trips
    exactly, updates are idempotent by decision id and may come late, out of order or never.
    """

    def __init__(self, config: ConfigT) -> None:
        self.config = config

    @abstractmethod
    def select(
        self,
        context: Context,
        arms: Sequence[Arm],
        *,
        decision_id: str,
        rng: random.Random,
        outlook: Outlook = NOTHING_KNOWN,
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

    def recall(self, episodes: Sequence[Episode]) -> None:
        """Starts from what earlier runs learned: called once, before the first decision, oldest episode first.

        A router without use for it ignores it.
        """
        return None

    def credit(self, credit_id: str, arm: str, value: float, variance: float) -> None:
        """Evidence about an arm from outside of its batches (what a model trained on its rows was worth).

        Idempotent by `credit_id`. A router without use for it ignores it.

        Args:
            credit_id: Which evidence.
            arm: The arm's name.
            value: In [0, 1], higher is better; to be compared with what other arms got, not with rewards.
            variance: How uncertain it is, above 0.
        """
        return None

    def summary(self) -> Mapping[str, Mapping[str, float]]:
        """Per arm, what there is to show: `pulls`, `mean` and whatever else it keeps."""
        return {}


def check_reward(reward: float | None) -> None:
    """Raises ValueError unless the reward is None or a number in [0, 1]."""
    if reward is not None and not 0.0 <= reward <= 1.0:
        raise ValueError(f"a reward must be in [0, 1], got {reward!r}")
