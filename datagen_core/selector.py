"""The interface of selectors: which of the accepted rows make the dataset.

A validator judges a row by itself or against those before it; a selector has all rows in hand and a number to keep.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from datagen_core.config import Config
from datagen_core.inputs import Inputs
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample, Verdict

if TYPE_CHECKING:
    from datagen_core.llm.bound_model import BoundModel

ConfigT = TypeVar("ConfigT", bound=Config)

NOT_NEEDED = "not_needed"
"""Reason of a row that no rule refused: there were enough before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a selector chose.

    Attributes:
        kept: Ids, in the order in which they were chosen.
        left: Id of each other row → why: a verdict that fails, with a reason, what was measured and the limit.
        scores: Id → the number that it was chosen by, in the method's own scale; of any of the rows.
        notes: What a reader must know, one sentence each: shortfalls, substitutions.
    """

    kept: tuple[str, ...]
    left: Mapping[str, Verdict] = EMPTY
    scores: Mapping[str, float] = EMPTY
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Counts and notes: what reports show."""
        reasons: dict[str, int] = {}
        for verdict in self.left.values():
            reasons[verdict.reason or ""] = reasons.get(verdict.reason or "", 0) + 1
        return {"kept": len(self.kept), "left": reasons, "notes": list(self.notes)}


class Selector(ABC, Generic[ConfigT]):
    """Chooses rows. Built once per run from its options and the run's inputs."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError before any work where they don't fit."""
        self.config = config
        self.inputs = inputs

    @abstractmethod
    async def select(
        self, rows: Sequence[Sample], n: int | None, models: Mapping[str, BoundModel]
    ) -> Selection:
        """Chooses up to n rows (None: as many as its rules allow); every row is either kept or left with a reason.

        The same rows in the same order give the same choice. RunPaused of a model passes.
        """

    def models(self) -> Mapping[str, Sequence[str]]:
        """The models it calls: alias (or a model's name) → the capabilities that it can't do without."""
        return EMPTY

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()
