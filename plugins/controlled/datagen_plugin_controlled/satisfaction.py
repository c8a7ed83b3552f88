"""How many rows satisfy each constraint, and how many satisfy all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.results import Results
from datagen_core.sample import Rejection, Sample

Row = Sample | Rejection | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """Rows by what is known of them; the share of those known to satisfy."""

    satisfied: int = 0
    failed: int = 0
    unknown: int = 0

    @property
    def rows(self) -> int:
        """All."""
        return self.satisfied + self.failed + self.unknown

    @property
    def share(self) -> float | None:
        """satisfied / rows; what isn't known counts as not satisfied. None without rows."""
        return self.satisfied / self.rows if self.rows else None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Of last texts, and of first ones.

    Attributes:
        constraints, joint: Of each constraint, over the rows that have it; and of all at once.
        constraints_at_first, joint_at_first: The same of the texts before any repair.
        unchecked: Rows without a text that was checked, such as failed calls; counted nowhere else.
    """

    constraints: Mapping[str, Share]
    joint: Share
    constraints_at_first: Mapping[str, Share]
    joint_at_first: Share
    unchecked: int


def satisfaction(rows: Results | Iterable[Row]) -> Satisfaction:
    """Shares over samples and rejections of controlled arms, a run's among them.

    Args:
        rows: A run (its accepted, surplus and rejected rows), or rows, or records as JSON (lines of `data.jsonl` and
            `rejected.jsonl`).
    """
    found = [_record(row) for row in (_rows(rows) if isinstance(rows, Results) else rows)]
    checked = [record for record in found if record]
    last = [{name: one["satisfied"] for name, one in record["constraints"].items()} for record in checked]
    first = [dict(record["satisfied_at_first"]) for record in checked]
    return Satisfaction(*_shares(last), *_shares(first), unchecked=len(found) - len(checked))


def _rows(results: Results) -> Iterable[Mapping[str, Any]]:
    for status in ("accepted", "surplus", "rejected"):
        yield from results.store.records(status)


def _record(row: Row) -> Mapping[str, Any]:
    """What a row keeps of its checks: a sample in its method, a rejection in its last step; else nothing."""
    if isinstance(row, Mapping):
        method = row.get("metadata", {}).get("method", {})
        steps = row.get("trace", {}).get("processing_steps") or [{}]
        kept = [method, steps[-1].get("params", {})]
    else:
        kept = [row.metadata.method, *(step.params for step in row.trace.processing_steps[-1:])]
    return next((one for one in kept if "satisfied_at_first" in one), {})


def _shares(found: Iterable[Mapping[str, bool | None]]) -> tuple[dict[str, Share], Share]:
    counts: dict[str, Counter[bool | None]] = defaultdict(Counter)
    joint: Counter[bool | None] = Counter()
    for row in found:
        for name, satisfied in row.items():
            counts[name][satisfied] += 1
        joint[_all(row.values())] += 1
    return {name: _share(counted) for name, counted in counts.items()}, _share(joint)


def _all(satisfied: Iterable[bool | None]) -> bool | None:
    """False where one is, None where one isn't known."""
    values = list(satisfied)
    return False if False in values else None if None in values else True


def _share(counted: Counter[bool | None]) -> Share:
    return Share(counted[True], counted[False], counted[None])
