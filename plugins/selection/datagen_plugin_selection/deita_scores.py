"""What DEITA orders rows by: complexity times quality, summed over turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from datagen_core.llm.bound_model import BoundModel
from datagen_core.sample import Sample


@dataclass(frozen=True, slots=True)
class Scored:
    """A number, or why there is none, as a snake_case code."""

    value: float | None = None
    why: str = ""


NO_TURN = Scored(why="no_turn")
"""Of a row without an instruction that has a response."""


@dataclass(frozen=True, slots=True)
class Scores:
    """One for each row, in order, and what a reader must know of them."""

    rows: Sequence[Scored]
    notes: Sequence[str] = ()


class Scorer(Protocol):
    """Gives rows their final scores."""

    async def scores(self, rows: Sequence[Sample], models: Mapping[str, BoundModel]) -> Scores:
        """One for each row."""
        ...


def final_score(complexity: Sequence[Scored], quality: Sequence[Scored]) -> Scored:
    """The sum over turns of complexity × quality; none where a turn lacks either, or there is no turn.

    Example:
        >>> final_score([Scored(2), Scored(3)], [Scored(4), Scored(5)]).value
        23
    """
    if not complexity:
        return NO_TURN
    total = 0.0
    for c, q in zip(complexity, quality, strict=True):
        if c.value is None or q.value is None:
            return Scored(why=c.why or q.why)
        total += c.value * q.value
    return Scored(total)


def note_unscored(rows: Sequence[Scored]) -> list[str]:
    """How many rows have no score, and why."""
    reasons = Counter(row.why for row in rows if row.value is None)
    if not reasons:
        return []
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    return [f"{reasons.total()} of {len(rows)} rows have no score: {why}"]
