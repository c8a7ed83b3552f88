"""What a run will take, from a few trial calls: calls, tokens, money, time and acceptance, with ranges."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from datagen_core.errors import BudgetReached, RunPaused
from datagen_core.job import Job
from datagen_core.llm.opening import open_door
from datagen_core.pipeline import Pipeline
from datagen_core.plugins.host import Host
from datagen_core.progress import Ending, Progress
from datagen_core.store.run_store import RunStore

Z = 1.2816
"""Two-sided 80 % of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTrial:
    """What the trial of one arm showed; per-row figures are of a row that was asked for.

    Attributes:
        arm: Its name.
        asked, passed: Rows asked for, and those that all validators let through.
        calls: Model calls per row. Calls that belong to no row (a plan made once) are in `calls_once`.
        tokens, cost: Tokens and list price of a row's calls; `cost` is None where no price is known.
        seconds: Time in calls per row, one after the other; None where all came from the cache.
        error: Why the trial failed, or None.
    """

    arm: str
    asked: int
    passed: int
    calls: float = 0.0
    calls_once: int = 0
    tokens: float = 0.0
    tokens_once: int = 0
    cost: float | None = 0.0
    cost_once: float | None = 0.0
    seconds: float | None = None
    error: str | None = None

    @property
    def acceptance(self) -> float:
        """Share of the rows asked for that pass."""
        return self.passed / self.asked if self.asked else 0.0

    def acceptance_range(self) -> tuple[float, float]:
        """An 80 % interval of it (Wilson 1927)."""
        n = max(1, self.asked)
        p, z2 = self.acceptance, Z * Z
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """An expected value between a low and a high one; None where it isn't known."""

    low: float | None
    expected: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run of so many rows will take.

    `expected` takes the arms in equal shares, as a router does that knows nothing; `low` and `high` are those of
    the best and the worst arm at the ends of their ranges.
    """

    rows: int
    acceptance: Range
    calls: Range
    tokens: Range
    cost: Range
    seconds: Range
    arms: tuple[ArmTrial, ...]
    spent: dict[str, float]


def estimate(
    job: Job,
    folder: Path,
    trials: int,
    *,
    cache: Path | None = None,
    say: Callable[[str], None] = lambda step: None,
    observe: Callable[[Progress], None] = lambda progress: None,
) -> Estimate:
    """Tries each arm on a few rows, judged as a run would judge them, and extrapolates to the target.

    Args:
        job: The job; its budget holds for the trials too.
        folder: An empty folder for the passing stores.
        trials: Rows asked of each arm.
        cache: The folder of replies, where a run may find those of the trials again.
        say: Told each step.
        observe: Told of each call.
    """
    found = []
    spent = {"calls": 0.0, "tokens": 0.0, "cost": 0.0}
    for i, arm in enumerate(job.arms):
        say(f"trying {arm.arm.name}")
        store = RunStore(folder / f"{i}.db")
        try:
            _, taken = asyncio.run(one_batch(job, arm.arm.name, store, trials, cache, observe))
            found.append(_trial(arm.arm.name, store))
            spent = taken
        finally:
            store.close()
    return _extrapolated(job, tuple(found), spent)


async def one_batch(
    job: Job,
    arm: str,
    store: RunStore,
    n: int,
    cache: Path | None = None,
    observe: Callable[[Progress], None] = lambda progress: None,
) -> tuple[Ending, dict[str, float]]:
    """One batch of n rows of one arm, in a store of its own: how it ended, and what counts against budgets."""
    recipe = job.loaded.recipe
    budget = recipe.budget.model_copy(update={"max_batches": 1})
    loaded = job.loaded.changed(budget=budget)
    alone = replace(
        job, loaded=loaded, batch_size=n, arms=(job.arm(arm),), window=1, workers=1, host=Host([])
    )
    door = open_door(alone, store.file.parent, cache=cache)
    try:
        ending = await Pipeline(alone, store, observe, door).run()
    finally:
        if door is not None:
            await door.close()
    spent = door.spent() if door is not None else None
    if ending.status == "unreachable" or (ending.status == "budget" and not store.batch_rows(state="done")):
        kind = BudgetReached if ending.status == "budget" else RunPaused
        raise kind(
            ending.why, hint="raise the budget, or see that the model answers: datagen models check NAME"
        )
    taken = {"calls": spent.calls, "tokens": spent.tokens, "cost": spent.cost} if spent else {}
    return ending, {key: float(value) for key, value in taken.items()}


def _trial(arm: str, store: RunStore) -> ArmTrial:
    (batch,) = store.batch_rows(state="done")
    calls = store.call_rows()
    asked = batch["n"]
    once = [call for call in calls if call["row"] < 0]
    per_row = [call for call in calls if call["row"] >= 0]
    sent = [call["latency_s"] for call in per_row if not call["from_cache"]]
    return ArmTrial(
        arm=arm,
        asked=asked,
        passed=batch["accepted"] + batch["surplus"],
        calls=len(per_row) / asked,
        calls_once=len(once),
        tokens=_tokens(per_row) / asked,
        tokens_once=_tokens(once),
        cost=_divided(_cost(per_row), asked),
        cost_once=_cost(once),
        seconds=fmean(sent) * len(per_row) / asked if sent else None if per_row else 0.0,
        error=batch["error"],
    )


def _tokens(calls: Sequence[dict[str, Any]]) -> int:
    return sum(call["prompt_tokens"] + call["completion_tokens"] for call in calls)


def _cost(calls: Sequence[dict[str, Any]]) -> float | None:
    costs = [call["cost"] for call in calls]
    return None if None in costs else float(sum(costs))


def _divided(value: float | None, by: int) -> float | None:
    return None if value is None else value / by


def _extrapolated(job: Job, arms: tuple[ArmTrial, ...], spent: dict[str, float]) -> Estimate:
    rows = job.loaded.recipe.num_samples
    shared = fmean(arm.acceptance for arm in arms)
    bounds = [arm.acceptance_range() for arm in arms]

    def each(value: Callable[[ArmTrial], float | None], once: Callable[[ArmTrial], float | None]) -> Range:
        per_row, fixed = [value(arm) for arm in arms], [once(arm) for arm in arms]
        if any(part is None for part in (*per_row, *fixed)):
            return Range(low=None, expected=None, high=None)
        whole = math.fsum(part or 0.0 for part in fixed)
        lows = [rows / high * (cost or 0.0) for (_, high), cost in zip(bounds, per_row, strict=True) if high]
        highs = [rows / low * (cost or 0.0) for (low, _), cost in zip(bounds, per_row, strict=True) if low]
        mean = fmean(part or 0.0 for part in per_row)
        return Range(
            low=whole + min(lows) if lows else None,
            expected=whole + rows / shared * mean if shared else None,
            high=whole + max(highs) if len(highs) == len(arms) else None,
        )

    calls = each(lambda arm: arm.calls, lambda arm: arm.calls_once)
    tokens = each(lambda arm: arm.tokens, lambda arm: arm.tokens_once)
    waits = each(lambda arm: arm.seconds, lambda arm: 0.0)
    return Estimate(
        rows=rows,
        acceptance=Range(
            low=min(low for low, _ in bounds), expected=shared, high=max(high for _, high in bounds)
        ),
        calls=calls,
        tokens=tokens,
        cost=each(lambda arm: arm.cost, lambda arm: arm.cost_once),
        seconds=Range(
            low=_seconds(job, waits.low, calls.low, tokens.low),
            expected=_seconds(job, waits.expected, calls.expected, tokens.expected),
            high=_seconds(job, waits.high, calls.high, tokens.high),
        ),
        arms=arms,
        spent=spent,
    )


def _seconds(job: Job, waits: float | None, calls: float | None, tokens: float | None) -> float | None:
    """The longest of: waiting, shared by the calls in flight; calls and tokens at their limits per minute."""
    if waits is None or calls is None or tokens is None:
        return None
    uses = [model.use for model in job.models.values()]
    at_once = min([use.max_in_flight for use in uses] + [job.window * job.batch_size])
    limits = [calls / use.rpm * 60 for use in uses if use.rpm] + [
        tokens / use.tpm * 60 for use in uses if use.tpm
    ]
    return max([waits / at_once, *limits])
