"""What a constraint is: words for the prompt, a check of the text, and what the check found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.llm.label_scores import LabelScores
from datagen_core.nothing import EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found.

    Attributes:
        measured: As JSON.
        satisfied: None where it can't be told.
        passes: Whether the text may stay; of texts whose constraint can't be told, only some may.
        said: The finding in words, for the repair prompt and the list of a rejection.
    """

    measured: Mapping[str, Any] = EMPTY
    satisfied: bool | None = None
    passes: bool = False
    said: str = ""


NOT_JUDGED = Finding(passes=True, said="not judged: another constraint failed before")


def found(satisfied: bool, said: str, **measured: Any) -> Finding:
    """A finding that leaves no doubt."""
    return Finding(measured=measured, satisfied=satisfied, passes=satisfied, said=said)


class Constraint(ABC):
    """One constraint of one row.

    Attributes:
        name: Its key.
        wanted: As it is recorded: JSON.
        labels: What a judge is asked about, with the label wanted among them; empty where none is asked.
    """

    name: str
    wanted: Any
    labels: tuple[str, ...] = ()

    @abstractmethod
    def clause(self) -> str:
        """What the prompt says: one sentence about the text."""

    def check(self, text: str) -> Finding | None:
        """What can be found without a judge; None where that is nothing."""
        return None

    def judged(self, scores: LabelScores, margin: float, before: Finding | None) -> Finding:
        """What is found with a judge's scores too; for constraints with labels.

        Args:
            scores: Of the labels.
            margin: By how much the wanted label must lead each other.
            before: What `check` found.
        """
        raise NotImplementedError
