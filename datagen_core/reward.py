"""The interface of rewards: what a batch was worth, as a number in [0, 1] with its components."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from datagen_core.config import Config
from datagen_core.inputs import Inputs
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample

ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one batch.

    Attributes:
        requested: Samples asked for; the denominator that can't be gamed by returning fewer.
        generated: Rows that came (accepted + rejected + surplus).
        passed: The rows that every validator let through, accepted and surplus alike, in batch order.
        novel: How many of `passed` equal nothing kept before and no earlier row of the batch, and were asked
            for: of each label no more than its cell wanted.
        needed: How many of the novel rows fell into strata of the wanted distribution that still lacked rows.
        rejected: Reason code → count.
        quality: Mean of the validators' own scores over `passed`, in [0, 1], batch factors applied; None
            when nothing passed.
        novel_quality: The same over the novel rows alone, so that copies of a good row can't raise it.
        cost: Money spent on it at list price (0.0 without a model).
        error: The failure that cut the batch short, or None. A failure is not a judgement of quality.
    """

    requested: int
    generated: int
    passed: tuple[Sample, ...]
    novel: int
    needed: int | None = None
    rejected: Mapping[str, int] = EMPTY
    quality: float | None = None
    novel_quality: float | None = None
    cost: float = 0.0
    error: str | None = None

    @property
    def novel_share(self) -> float:
        """Novel passed rows over requested, in [0, 1]; 0 for an empty request."""
        return min(1.0, self.novel / self.requested) if self.requested else 0.0

    @property
    def coverage_gain(self) -> float:
        """Novel rows that the wanted distribution lacked, over requested, in [0, 1]; if not told, the novel share."""
        if self.needed is None:
            return self.novel_share
        return min(1.0, self.needed / self.requested) if self.requested else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardValue:
    """The scalar in [0, 1] a router learns from, the components it was made of, and its variance if known."""

    value: float
    components: Mapping[str, float] = EMPTY
    variance: float | None = None


class Reward(ABC, Generic[ConfigT]):
    """Turns outcomes into rewards. Holds no state between batches."""

    version: ClassVar[str] = "1"
    """Raised whenever the same outcome would score differently."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError before any work where they don't fit."""
        self.config = config
        self.inputs = inputs

    @abstractmethod
    def score(self, outcome: Outcome) -> RewardValue:
        """The reward of a batch; 0 when nothing passed. Never raised by duplicates, fewer rows or spending."""

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()
