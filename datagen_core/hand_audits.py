"""A person as the auditor: rows of a run to grade, and what the grades say of the arms' judges.

Which rows are asked about is drawn as a run's own audits are: a share of the batches, a few of the rows that passed.
Grades are kept in the run's log. When the run goes on, they correct what rewards are told, as `audit:` does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from datagen_core.auditing import Audited, Corrections
from datagen_core.sample import Sample
from datagen_core.store.reading import RunReader
from datagen_core.store.run_store import RunStore

KIND = "graded"


@dataclass(frozen=True, slots=True)
class ToGrade:
    """A row that a person is asked about: whose it is, and what the run's validators gave it."""

    sample: Sample
    batch: int
    arm: str
    quality: float


def to_grade(store: RunReader, *, share: float = 0.15, rows: int = 3) -> Iterator[ToGrade]:
    """Rows that passed and nobody graded yet, batch by batch in the order of commitment.

    Args:
        share: Of the batches, in (0, 1].
        rows: The most of one batch.
    """
    graded = {event["payload"]["id"] for event in _graded(store)}
    seed = store.get("identity")["seed"]
    for batch in sorted(store.batch_rows(state="done"), key=lambda row: row["commit_order"]):
        rng = random.Random(f"grade|{seed}|{batch['idx']}")
        if rng.random() >= share:
            continue
        kept = [
            r["record"] for r in store.rows_of_batch(batch["idx"]) if r["status"] in ("accepted", "surplus")
        ]
        for record in rng.sample(kept, min(rows, len(kept))):
            if record["id"] not in graded:
                score = record["metadata"]["quality_score"]
                quality = 1.0 if score is None else score
                yield ToGrade(Sample.from_json(record), batch["idx"], batch["arm"], quality)


def keep_grade(store: RunStore, row: ToGrade, grade: float) -> None:
    """Keeps a grade in [0, 1]; ValueError outside of it."""
    if not 0.0 <= grade <= 1.0:
        raise ValueError(f"a grade lies in [0, 1], not at {grade}")
    payload = {"id": row.sample.id, "arm": row.arm, "grade": grade, "quality": row.quality}
    store.noted(KIND, row.batch, payload)


def correct(corrections: Corrections, store: RunReader) -> None:
    """Takes the grades of a run into its corrections."""
    for event in _graded(store):
        payload = event["payload"]
        corrections.add(payload["arm"], Audited(payload["grade"] - payload["quality"], 1))


def by_arm(store: RunReader) -> list[dict[str, Any]]:
    """Of each arm with grades: how many, their mean, the mean of the run's own, and the correction."""
    corrections = Corrections()
    correct(corrections, store)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for event in _graded(store):
        found.setdefault(event["payload"]["arm"], []).append(event["payload"])
    return [
        {
            "arm": arm,
            "graded": len(grades),
            "grade": fmean(one["grade"] for one in grades),
            "quality": fmean(one["quality"] for one in grades),
            "correction": corrections.of(arm),
        }
        for arm, grades in found.items()
    ]


def _graded(store: RunReader) -> list[dict[str, Any]]:
    return [event for event in store.event_rows() if event["kind"] == KIND]
