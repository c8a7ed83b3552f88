"""The interface of evaluators: what a finished dataset is worth, measured outside the loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from datagen_core.config import Config
from datagen_core.inputs import Inputs
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample

ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A titled table of an evaluation; cells are text or numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | int | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Worth:
    """What a model trained on an arm's rows (and the seeds) was worth: a value in [0, 1], and its variance."""

    value: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The result: headline metrics by name, tables to show, and what a reader must know of them.

    `worth` holds what each arm's rows were worth, where that was measured: routers may learn from it.
    """

    metrics: Mapping[str, float] = EMPTY
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    worth: Mapping[str, Worth] = EMPTY

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "metrics": dict(self.metrics),
            "tables": [asdict(t) for t in self.tables],
            "notes": list(self.notes),
            **({"worth": {arm: asdict(worth) for arm, worth in self.worth.items()}} if self.worth else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evaluation:
        """Inverse of `to_json`."""
        return cls(
            metrics=data["metrics"],
            tables=tuple(
                Table(title=t["title"], columns=tuple(t["columns"]), rows=tuple(tuple(r) for r in t["rows"]))
                for t in data["tables"]
            ),
            notes=tuple(data["notes"]),
            worth={arm: Worth(**worth) for arm, worth in data.get("worth", {}).items()},
        )


class Evaluator(ABC, Generic[ConfigT]):
    """Judges a whole dataset. It alone reads the test data, which its own options name."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options and reads its data; raises InputError where they don't fit."""
        self.config = config
        self.inputs = inputs

    @abstractmethod
    def evaluate(
        self, samples: Sequence[Sample], progress: Callable[[str], None] = lambda step: None
    ) -> Evaluation:
        """Measures the accepted rows; `progress` is told each step in a few words."""

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()
