"""What another router would have earned on a run's log: the doubly robust estimate, with a bootstrap interval.

For each logged batch the other router chooses among the arms that were offered then. Its value is the model's
estimate for that arm, corrected by the logged reward where both chose the same, weighted by the logged propensity
(Dudík, Langford and Li, "Doubly Robust Policy Evaluation and Learning", ICML 2011). The router learns as it goes: from
the logged reward where both agree, else from the model's estimate. Where the log's router was certain (propensity 1),
nothing corrects the model; `certain_share` says for how much of the log that holds.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from datagen_core.errors import RunError
from datagen_core.feedback import decide, recall
from datagen_core.job import Job
from datagen_core.results import Results
from datagen_core.router import Feedback, Outlook

PRIOR_MEAN, PRIOR_BATCHES = 0.5, 1.0
"""The model of an arm: the mean of its other batches, shrunk towards 0.5 as by one batch more."""
MOST_WEIGHT = 20.0
"""Inverse propensities are clipped here: a single batch mustn't decide."""
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Mean reward per batch that another router would have had, with an 80 % interval, beside the log's own.

    Attributes:
        value, low, high: The estimate and its bootstrap interval.
        logged: The mean reward of the log.
        agreed: Share of the batches for which both chose the same arm.
        certain_share: Share of the batches that the log's router was certain of: uncorrected.
        shares: Arm → share of the batches that the other router would have given it.
    """

    router: str
    value: float
    low: float
    high: float
    logged: float
    agreed: float
    certain_share: float
    shares: Mapping[str, float]


def simulate(source: Results, job: Job, *, resamples: int = RESAMPLES) -> Simulation:
    """Replays the router of a job on the log of a run. Nothing is written, no arm is called.

    Raises:
        RunError: the run has fewer than two rewarded batches.
    """
    store = source.store
    log = [row for row in store.batch_rows(state="done") if row["reward"] is not None]
    if len(log) < 2:
        raise RunError(
            f"the run has {len(log)} rewarded batches",
            where=str(source.folder),
            expected="at least two",
            hint="let it run on first",
        )
    router, by_name = job.new_router(), {built.arm.name: built.arm for built in job.arms}
    recall(router, store)
    model = _Means(log)
    values, chosen = [], []
    for row in log:
        offered = [by_name[name] for name in row["offered"] if name in by_name]
        decision = decide(job, router, row["idx"], offered, Outlook(**row["outlook"]))
        agrees = decision.arm == row["arm"]
        estimate = model.of(decision.arm, without=row)
        weight = min(MOST_WEIGHT, 1.0 / row["propensity"]) if agrees else 0.0
        values.append(estimate + weight * (row["reward"] - estimate))
        chosen.append(decision.arm)
        told = row["reward"] if agrees else min(1.0, max(0.0, estimate))
        feedback = Feedback(
            reward=told, requested=row["n"], accepted=round(told * row["n"]), cost=row["cost"] or 0.0
        )
        router.update(decision.id, feedback)
    low, high = _interval(values, resamples)
    return Simulation(
        router=job.router_use[0].name,
        value=fmean(values),
        low=low,
        high=high,
        logged=fmean(row["reward"] for row in log),
        agreed=fmean(arm == row["arm"] for arm, row in zip(chosen, log, strict=True)),
        certain_share=fmean(row["propensity"] > 0.999 for row in log),
        shares={
            arm: chosen.count(arm) / len(chosen)
            for arm in sorted(set(chosen), key=chosen.count, reverse=True)
        },
    )


class _Means:
    """An arm's shrunk mean reward, without the batch that it is asked for."""

    def __init__(self, log: Sequence[Mapping[str, Any]]) -> None:
        self._sums: dict[str, float] = defaultdict(float)
        self._counts: dict[str, int] = defaultdict(int)
        for row in log:
            self._sums[row["arm"]] += row["reward"]
            self._counts[row["arm"]] += 1

    def of(self, arm: str, *, without: Mapping[str, Any]) -> float:
        """The mean of an arm's other batches."""
        own = without["arm"] == arm
        total = self._sums[arm] - (without["reward"] if own else 0.0)
        count = self._counts[arm] - own
        return float((total + PRIOR_MEAN * PRIOR_BATCHES) / (count + PRIOR_BATCHES))


def _interval(values: Sequence[float], resamples: int) -> tuple[float, float]:
    """The 10th and 90th percentile of the mean over resampled batches; the same for the same values."""
    rng = random.Random(len(values))
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(resamples))
    return means[resamples // 10], means[-1 - resamples // 10]
