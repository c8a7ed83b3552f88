"""What became of a batch: its rows against the pool and the quotas, and what that was worth. CPU work only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from datagen_core.batch import Work, stored
from datagen_core.coverage import ANY, Coverage
from datagen_core.feedback import rewarded
from datagen_core.generator import Cell
from datagen_core.job import Job
from datagen_core.jsontext import dumps
from datagen_core.llm.accounting import CallRecord
from datagen_core.planner import Planner
from datagen_core.quality import Candidate, Quality
from datagen_core.reward import Outcome
from datagen_core.sample import Sample, Verdict
from datagen_core.store.reading import RunReader
from datagen_core.store.run_store import StoredRow


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch as it is stored: its rows, and the columns of its outcome."""

    rows: tuple[StoredRow, ...]
    result: Mapping[str, Any]


def settle(
    work: Work,
    job: Job,
    store: RunReader,
    quality: Quality,
    planner: Planner,
    calls: Sequence[CallRecord] = (),
    correction: float = 0.0,
) -> Settled:
    """Judges a batch against the pool and the quotas for good, in order, and rewards it.

    Accepted rows enter the pool's indexes and the planner's counts. Cost is nominal: a cached call costs what
    it would have cost. `correction` is what audits of the arm add to the quality that the reward is told.
    """
    passed: list[Candidate] = []
    rows = list(work.before)
    for candidate in work.candidates:
        if quality.settle(candidate) and _is_wanted(candidate, job, planner):
            passed.append(candidate)
            rows.append(_kept(candidate, quality, planner))
        else:
            rows.append(stored(candidate, "rejected"))
    cost = sum(call.cost or 0.0 for call in calls)
    outcome = _outcome(work, rows, passed, store, cost, planner)
    told = replace(
        outcome,
        quality=_corrected(outcome.quality, correction),
        novel_quality=_corrected(outcome.novel_quality, correction),
    )
    reward = rewarded(job.reward.part, told, job.reward.name)
    counts = Counter(row.status for row in rows)
    result = {
        "generated": outcome.generated,
        "accepted": counts["accepted"],
        "rejected": counts["rejected"],
        "surplus": counts["surplus"],
        "quality": outcome.quality,
        "reward": reward.value if reward else None,
        "variance": reward.variance if reward else None,
        "components": dumps(
            {**_components(told), **_audit(work, correction), **(reward.components if reward else {})}
        ),
        "cost": outcome.cost,
        "error": work.error,
    }
    return Settled(tuple(rows), result)


def _is_wanted(candidate: Candidate, job: Job, planner: Planner) -> bool:
    stratum = planner.unwanted(candidate.sample)
    if stratum is None:
        return True
    is_label = bool(job.coverage.labels) and stratum.label not in job.coverage.labels
    wanted = job.coverage.labels if is_label else [s.name for s in planner.targets()]
    candidate.note(
        Verdict(
            passed=False,
            validator="labels" if is_label else "coverage",
            reason="label_not_wanted" if is_label else "stratum_not_wanted",
            measured=stratum.label if is_label else stratum.name,
            threshold=", ".join(wanted)[:200],
        )
    )
    return False


def _kept(candidate: Candidate, quality: Quality, planner: Planner) -> StoredRow:
    status = planner.take(candidate.sample)
    sequence = None
    if status == "accepted":
        sequence = planner.accepted.total() - 1
        quality.admit(candidate, sequence)
    return stored(candidate, status, sequence)


def _outcome(
    work: Work,
    rows: Sequence[StoredRow],
    passed: Sequence[Candidate],
    store: RunReader,
    cost: float,
    planner: Planner,
) -> Outcome:
    kept = [row for row in rows if row.status in ("accepted", "surplus")]
    asked = _as_asked(kept, work.plan.cells, planner.coverage)
    hashes = {row.content_hash for row in asked if row.content_hash is not None}
    fresh = hashes - store.known_hashes(hashes)
    first = {row.content_hash: row.quality or 0.0 for row in reversed(asked)}  # of equal rows
    novel = [quality for content, quality in first.items() if content in fresh]
    needed = len({row.content_hash for row in asked if row.status == "accepted"} & fresh)
    if not planner.missing():  # what was ordered before the target was reached is no fault of the arm's
        needed = len(novel)
    return Outcome(
        requested=work.plan.n,
        generated=sum(1 for row in rows if row.status != "intermediate"),
        passed=tuple(row.sample for row in kept if isinstance(row.sample, Sample)),
        novel=len(novel),
        needed=needed,
        rejected=Counter(str(row.reason) for row in rows if row.status == "rejected"),
        quality=fmean(c.quality for c in passed) * work.factor if passed else None,
        novel_quality=fmean(novel) * work.factor if novel else None,
        cost=cost,
        error=work.error,
    )


def _as_asked(rows: Sequence[StoredRow], cells: Sequence[Cell], coverage: Coverage) -> list[StoredRow]:
    """The rows that were asked for: of each kind no more than its cell wanted, whatever came."""
    left = [cell.n for cell in cells]
    out = []
    for row in rows:
        stratum = coverage.of(row.sample) if isinstance(row.sample, Sample) else ANY
        at = next((i for i, cell in enumerate(cells) if left[i] and stratum.holds(cell)), None)
        if at is not None:
            left[at] -= 1
            out.append(row)
    return out


def _corrected(quality: float | None, correction: float) -> float | None:
    return None if quality is None else min(1.0, max(0.0, quality + correction))


def _audit(work: Work, correction: float) -> dict[str, float]:
    out = {"audit_correction": correction} if correction else {}
    if work.audited is not None:
        out |= {"audit_difference": work.audited.difference, "audit_samples": work.audited.samples}
    return out


def _components(outcome: Outcome) -> dict[str, float]:
    passed = len(outcome.passed)
    novel = {} if outcome.novel_quality is None else {"novel_quality": outcome.novel_quality}
    return {
        **novel,
        "novel_share": outcome.novel_share,
        "coverage_gain": outcome.coverage_gain,
        "pass_rate": passed / outcome.generated if outcome.generated else 0.0,
        "quality": outcome.quality if outcome.quality is not None else 0.0,
    }
