"""Arms tried on a few rows, with a stand-in for the model: does an arm give rows here, and of the form wanted?"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from datagen_core.errors import DatagenError
from datagen_core.estimating import one_batch
from datagen_core.job import BuiltArm, Job
from datagen_core.store.run_store import RunStore

ROWS = 4
"""Asked of each arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of an arm.

    Attributes:
        passed: Rows that all validators let through.
        forms: What they are: out of `datagen_core.plugins.spec.FORMATS`.
        calls: Model calls, per row asked for.
        error: Why there are none, where there are none.
    """

    arm: str
    passed: int
    forms: frozenset[str]
    calls: float
    error: str = ""


def tried(job: Job, arm: BuiltArm) -> Tried:
    """An arm of a job on a few rows; nothing is kept."""
    with tempfile.TemporaryDirectory(prefix="datagen-init-", ignore_cleanup_errors=True) as folder:
        store = RunStore(Path(folder) / "run.db")
        try:
            asyncio.run(
                one_batch(replace(job, arms=(arm,)), arm.arm.name, store, ROWS, Path(folder) / "cache")
            )
            rows = [row for status in ("accepted", "surplus") for row in store.records(status)]
            reasons = Counter(str(row.get("reason")) for row in store.records("rejected"))
            error = next((row["error"] for row in store.batch_rows()), None)
            calls = len(store.call_rows()) / ROWS
        except DatagenError as failure:
            return Tried(arm=arm.arm.name, passed=0, forms=frozenset(), calls=0.0, error=failure.message)
        finally:
            store.close()
    why = error or ", ".join(reason for reason, _ in reasons.most_common(2)) or "nothing came"
    return Tried(
        arm=arm.arm.name,
        passed=len(rows),
        forms=frozenset(map(form_of_row, rows)),
        calls=calls,
        error="" if rows else f"of {ROWS} rows tried in a rehearsal none passed: {why}",
    )


def form_of_row(record: Mapping[str, Any]) -> str:
    """What a row is, by its parts."""
    fields = record.get("fields") or {}
    if {"chosen", "rejected"} <= fields.keys():
        return "preference"
    if record.get("messages"):
        return "chat"
    if record.get("input"):
        return "pair"
    return "labelled" if record.get("label") is not None else "record" if fields else "text"


def in_turn(arms: Iterable[BuiltArm]) -> Iterator[BuiltArm]:
    """One arm of each package, then a second of each, and so on; of a package's, other strategies come first."""
    by_package: dict[str, list[BuiltArm]] = {}
    for arm in arms:
        by_package.setdefault(arm.links[0].offer.package, []).append(arm)
    turns = zip_longest(*map(_varied, by_package.values()))
    return (arm for turn in turns for arm in turn if arm is not None)


def _varied(arms: Sequence[BuiltArm]) -> list[BuiltArm]:
    by_strategy: dict[str, list[BuiltArm]] = {}
    for arm in arms:
        by_strategy.setdefault(arm.links[0].offer.name, []).append(arm)
    return [arm for turn in zip_longest(*by_strategy.values()) for arm in turn if arm is not None]
