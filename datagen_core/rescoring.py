"""A run's batches rewarded anew by another definition: history that a new reward can be judged and learned by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from datagen_core.errors import blaming
from datagen_core.job import Job
from datagen_core.results import Results
from datagen_core.reward import Outcome, RewardValue
from datagen_core.sample import Sample
from datagen_core.store.reading import RunReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """A committed batch with the reward it had and the one it has by the new definition (None: it failed)."""

    batch: Mapping[str, Any]
    before: float | None
    after: RewardValue | None


def rescored(source: Results, job: Job) -> list[Rescored]:
    """The rewards of a run's batches by the reward of another job, in the order they were committed.

    Nothing is written and no arm, model or validator is called: outcomes are read from the store.
    """
    store = source.store
    done = sorted(store.batch_rows(state="done"), key=lambda row: row["commit_order"])
    out = []
    for row in done:
        after = None
        if row["error"] is None:
            with blaming(f"reward {job.reward.name!r}", hint="choose another reward"):
                after = job.reward.part.score(outcome_of(store, row))
        out.append(Rescored(batch=row, before=row["reward"], after=after))
    return out


def outcome_of(store: RunReader, batch: Mapping[str, Any]) -> Outcome:
    """What became of a committed batch, as its reward was told."""
    rows = store.rows_of_batch(batch["idx"])
    kept = [row for row in rows if row["status"] in ("accepted", "surplus")]
    components = batch["components"] or {}
    return Outcome(
        requested=batch["n"],
        generated=batch["generated"],
        passed=tuple(Sample.from_json(row["record"]) for row in kept),
        novel=round(components.get("novel_share", 0.0) * batch["n"]),
        needed=round(components.get("coverage_gain", components.get("novel_share", 0.0)) * batch["n"]),
        rejected=Counter(str(row["reason"]) for row in rows if row["status"] == "rejected"),
        quality=batch["quality"],
        novel_quality=components.get("novel_quality", batch["quality"]),
        cost=batch["cost"] or 0.0,
        error=batch["error"],
    )


def by_arm(found: list[Rescored]) -> list[dict[str, Any]]:
    """Mean rewards of each arm before and after, best after first."""
    out = []
    for arm in dict.fromkeys(one.batch["arm"] for one in found):
        mine = [one for one in found if one.batch["arm"] == arm]
        before = [one.before for one in mine if one.before is not None]
        after = [one.after.value for one in mine if one.after is not None]
        out.append(
            {
                "arm": arm,
                "batches": len(mine),
                "before": fmean(before) if before else None,
                "after": fmean(after) if after else None,
            }
        )
    return sorted(out, key=lambda row: -(row["after"] or 0.0))
