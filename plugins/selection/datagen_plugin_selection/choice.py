"""A selection in the making."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from datagen_core.sample import Sample, Verdict
from datagen_core.selector import NOT_NEEDED, Selection


@dataclass(slots=True)
class Choice:
    """Rows by their place: what is neither kept nor left in the end wasn't needed."""

    rows: Sequence[Sample]
    kept: list[int] = field(default_factory=list)
    left: dict[int, Verdict] = field(default_factory=dict)
    scores: dict[int, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def leave(
        self,
        row: int,
        reason: str,
        measured: float | str | None = None,
        threshold: float | str | None = None,
        evidence: str | None = None,
    ) -> None:
        """Leaves a row out, with a reason."""
        self.left[row] = Verdict(
            passed=False, reason=reason, measured=measured, threshold=threshold, evidence=evidence
        )

    def near(self, row: int, reason: str, cosine: float, threshold: float, kept: int) -> None:
        """Leaves a row out for its nearness to a kept one, which is the evidence."""
        self.leave(row, reason, cosine, threshold, self.rows[kept].id)

    def selection(self) -> Selection:
        """What it came to."""
        kept = set(self.kept)
        others = [row for row in range(len(self.rows)) if row not in kept]
        unneeded = Verdict(passed=False, reason=NOT_NEEDED)
        return Selection(
            kept=tuple(self.rows[row].id for row in self.kept),
            left={self.rows[row].id: self.left.get(row, unneeded) for row in others},
            scores={self.rows[row].id: score for row, score in sorted(self.scores.items())},
            notes=tuple(self.notes),
        )


def best_first(rows: Sequence[int], scores: dict[int, float]) -> list[int]:
    """Rows by score, the highest first; equal ones in the order given, those without a score last."""
    lowest = float("-inf")
    return sorted(rows, key=lambda row: -scores.get(row, lowest))
