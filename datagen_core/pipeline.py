"""The loop: route, plan, generate, validate, commit, reward, learn; readable top to bottom."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from datagen_core.auditing import Audited, Corrections
from datagen_core.batch import Carrier, Plan, Work
from datagen_core.coverage import ANY, Stratum
from datagen_core.errors import BudgetReached, RunError, RunPaused, blaming
from datagen_core.evaluator import Evaluation
from datagen_core.feedback import credit, decide, learn, recall
from datagen_core.generator import Cell
from datagen_core.hand_audits import correct
from datagen_core.job import BuiltArm, Job
from datagen_core.jsontext import dumps
from datagen_core.llm.budget import ArmBudgetReached
from datagen_core.planner import Missing, Order, Planner
from datagen_core.progress import Ending, Progress
from datagen_core.quality import Quality
from datagen_core.router import Outlook
from datagen_core.sample import Sample, Verdict
from datagen_core.selecting import choose
from datagen_core.settling import settle
from datagen_core.store.run_store import RunStore
from datagen_core.validator import ModelValidator

if TYPE_CHECKING:
    from datagen_core.llm.accounting import CallRecord
    from datagen_core.llm.door import ModelDoor

STAGNANT_ROUNDS = 3
"""The run ends when so many rounds accepted nothing; a round is max(window, arms) batches."""
PAID_ROUND = 120
"""Rows of a round, at most, where rows cost calls, if these are enough for a batch of each arm."""
PAID_YIELD = (9, 10)
"""What arms are thought to yield at first where rows cost calls: asking for twice as many would be billed."""
GIVE_UP_ON_ARM = 3
"""An arm that failed (raised) so many times in a row is no longer offered."""


class Pipeline:
    """Carries a job out against its store, from wherever that stands.

    Args:
        job: What to do.
        store: The run's store; this is its only writer.
        observe: Told after each commit and each model call.
        door: What model calls go through; None for a job without models. The caller closes it.
    """

    def __init__(
        self,
        job: Job,
        store: RunStore,
        observe: Callable[[Progress], None] = lambda progress: None,
        door: ModelDoor | None = None,
    ) -> None:
        self.job = job
        self.store = store
        self.observe = observe
        self._door = door
        self.warnings: list[str] = []
        self._recipe = job.loaded.recipe
        self._router = job.new_router()
        self._quality = Quality(job.validators, door)
        self._carrier = Carrier(job, store, self._quality, door)
        if door is not None:
            door.account.on_call = self._called
            door.tell(self._said)
        self._planner = Planner(self._recipe.num_samples, job.coverage, job.batch_size)
        if job.models:
            self._planner.prior = PAID_YIELD
        self._progress = Progress(target=self._recipe.num_samples)
        self._waiting: list[Plan] = []  # planned, not yet begun (after a crash)
        self._flying: dict[int, Plan] = {}  # in work, or held back by the budget
        self._closed_arms: dict[str, BudgetReached] = {}
        self._pause: RunPaused | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._planned = 0
        self._committed = 0
        self._credited = 0  # commits up to which evaluations within the run were made
        self._corrections = Corrections()
        self._cost = 0.0  # nominal, of committed batches: the router isn't to learn of the cache
        self._idle = 0  # commits in a row that accepted nothing
        self._stop: str | None = None
        self._deadline: float | None = None
        self._grace_ends: float | None = None

    def belief(self) -> dict[str, Any]:
        """What the router thinks of each arm, as `Router.summary` gives it."""
        return {arm: dict(facts) for arm, facts in self._router.summary().items()}

    def stop(self, why: str = "interrupted") -> None:
        """Asks for an end: the commit in progress is finished, nothing new begins, calls in flight get grace."""
        self._stop = self._stop or why
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> Ending:
        """Works until the target, the budget, stagnation or `stop`; the store is whole whenever it ends."""
        self._recall()
        self._grow()
        self._credit_if_due()
        budget = self._recipe.budget
        if budget.max_time_s is not None:
            self._deadline = time.monotonic() + budget.max_time_s
        self._loop = asyncio.get_running_loop()
        self.observe(self._progress)
        tasks: dict[asyncio.Task[Work], int] = {}
        done: list[Work] = []
        try:
            while True:
                with self.store.together():
                    committed = self._settle(done)
                    if not self._is_over():
                        self._begin(tasks)
                self._tell(committed)
                if not tasks or self._is_over():
                    break
                done = await self._finished(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._ending()

    async def choose(self, ending: Ending) -> Ending:
        """Has the selector choose the dataset of a complete run; another ending where a wall or a stop cut that."""
        task = asyncio.ensure_future(choose(self.job, self.store, self._door))
        woken = asyncio.ensure_future(self._woken.wait())
        await asyncio.wait({task, woken}, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        if not task.done():
            self._grace_until()  # from now on nothing is sent
        try:
            await task
        except RunPaused as error:
            status = "budget" if isinstance(error, BudgetReached) else "unreachable"
            status = status if self._stop is None else "interrupted"
            return Ending(
                status=status, why=f"{error.message}; the rows are there, the selection isn't made yet"
            )
        return ending

    def _begin(self, tasks: dict[asyncio.Task[Work], int]) -> None:
        """Fills the window with batches. After a halt none is begun; with `strict` each is still planned in turn.

        In `arrival` order a batch is planned no sooner than the endpoints need it, so that the router knows all it
        can, while batches that wait for a few rows to be tried again keep nobody waiting.
        """
        is_strict = self.job.order == "strict"
        needed = None if is_strict or self._door is None else self._door.appetite()
        while (
            len(self._flying) < self.job.window
            and (is_strict or not self._is_halted())
            and (needed is None or needed > 0 or not self._flying)
            and (plan := self._next_plan())
        ):
            self._flying[plan.index] = plan
            if needed is not None:
                needed -= plan.n
            if not self._is_halted() and not self._is_beyond_budget(plan):
                tasks[asyncio.create_task(self._carrier.carry_out(plan))] = plan.index

    def _is_halted(self) -> bool:
        """Whether nothing new may begin: asked to stop, a wall reached, an endpoint down, or the time over."""
        return (
            self._stop is not None
            or self._pause is not None
            or (self._deadline is not None and time.monotonic() >= self._deadline)
        )

    def _is_over(self) -> bool:
        return self._is_halted() and self._grace_until() <= time.monotonic()

    def _time_over(self) -> BudgetReached | None:
        if self._deadline is None or time.monotonic() < self._deadline:
            return None
        return BudgetReached(f"the time is over: max_time_s = {self._recipe.budget.max_time_s:g}")

    def _grace_until(self) -> float:
        """Until when batches in work may finish after a halt; from the first time this is asked nothing is sent."""
        if self._grace_ends is None:
            self._woken.clear()
            grace_s = 0.0 if self._door is None and self._stop else self._recipe.budget.grace_s
            self._grace_ends = time.monotonic() + grace_s
            if self._door is not None:
                self._door.shut(self._pause or self._time_over() or RunPaused("the run was asked to stop"))
        return self._grace_ends

    def _settle(self, works: Sequence[Work]) -> list[dict[str, Any]]:
        """Commits batches and returns their outcomes; those that a wall or a dead endpoint cut stay uncommitted."""
        committed = []
        for work in works:
            if work.paused is None and not (self._pause and self.job.order == "strict"):
                committed.append(self._commit(work))
            elif isinstance(work.paused, BudgetReached) and (
                closed := self._closed_by(work.paused, work.plan)
            ):
                self._closed_arms |= {arm: work.paused for arm in closed}
                del self._flying[work.plan.index]
            else:
                self._pause = self._pause or work.paused
        return committed

    def _closed_by(self, wall: BudgetReached, plan: Plan) -> list[str]:
        """The arms that a wall closes for good; none where it ends the run.

        An arm's own budget closes that arm. The run's closes all that call a model, where others are left that don't:
        these go on. Not in `strict` order: with more money the run is to be the one it would have been.
        """
        if isinstance(wall, ArmBudgetReached):
            return [plan.arm]
        if self.job.order == "strict":
            return []
        asking = [arm.arm.name for arm in self.job.arms if any(link.part.models() for link in arm.links)]
        is_paid_anyway = self.job.audit is not None or any(
            isinstance(built.part, ModelValidator) for built in self.job.validators
        )
        return [] if is_paid_anyway or len(asking) == len(self.job.arms) else asking

    def _tell(self, committed: Sequence[dict[str, Any]]) -> None:
        """Tells observers of batches that are in the store."""
        for row in committed:
            public = {**row, "components": json.loads(row["components"])}
            self.warnings += self.job.host.notify("datagen_batch_finished", batch=public)
        if committed:
            self.observe(self._progress)

    def _said(self, notice: str) -> None:
        self._progress.notice = notice
        self.observe(self._progress)

    def _called(self, call: CallRecord) -> None:
        self._progress.called(call)
        self.observe(self._progress)

    # -- where the run stands -----------------------------------------------------------------------------

    def _recall(self) -> None:
        """Rebuilds everything that is kept in memory from the store."""
        state = self.store.get("router_state")
        if state is not None:
            self._router.load(state)
        else:
            recall(self._router, self.store)
        rows = self.store.batch_rows()
        self._planned = len(rows)
        for row in sorted((r for r in rows if r["state"] == "done"), key=lambda r: r["commit_order"]):
            self._remember(row)
            found = row["components"] or {}
            if "audit_samples" in found:
                audited = Audited(found["audit_difference"], round(found["audit_samples"]))
                self._corrections.add(row["arm"], audited)
        correct(self._corrections, self.store)
        credits = (e["payload"]["commits"] for e in self.store.event_rows() if e["kind"] == "credited")
        self._credited = max(credits, default=0)
        self._idle = min(self._idle, self._committed - (self.store.get("grown_after") or 0))
        for row in (r for r in rows if r["state"] == "planned"):
            cells = tuple(Cell.from_json(cell) for cell in row["cells"])
            self._waiting.append(Plan(row["idx"], row["arm"], row["n"], cells, row["base"]))
        self._planner.accepted = Counter(self.job.coverage.counted(self.store))
        self._quality.rebuild(lambda: (Sample.from_json(record) for record in self.store.records()))
        self._progress.accepted = self._progress.started_accepted = self._planner.accepted.total()
        self._progress.started_batches = self._committed

    def _remember(self, row: dict[str, Any]) -> None:
        """Takes a committed batch into the counts."""
        self._committed += 1
        self._cost += row["cost"] or 0.0
        cells = [Cell.from_json(cell) for cell in row["cells"]]
        passed = row["accepted"] + row["surplus"]
        self._planner.committed(row["arm"], cells, passed, failed=bool(row["error"]))
        self._idle = 0 if row["accepted"] else self._idle + 1
        progress = self._progress
        progress.batches += 1
        progress.rejected += row["rejected"]
        progress.surplus += row["surplus"]
        progress.arm_now = row["arm"]
        progress.accepted_by_arm[row["arm"]] += row["accepted"]
        if row["reward"] is not None:
            progress.by_arm.setdefault(row["arm"], []).append(row["reward"])

    def _grow(self) -> None:
        """A raised target: surplus rows are judged once more, in order, before anything new is made."""
        before = self.store.get("num_samples")
        target = self._recipe.num_samples
        if before == target:
            return
        surplus = [Sample.from_json(r) for r in self.store.records("surplus")] if before is not None else []
        promoted: dict[str, int] = {}
        refused: dict[str, Verdict] = {}
        for candidate in self._quality.again(surplus):
            if not self._quality.settle(candidate):
                refused[candidate.sample.id] = candidate.verdicts[-1]
            elif self._planner.take(candidate.sample) == "accepted":
                sequence = self._planner.accepted.total() - 1
                self._quality.admit(candidate, sequence)
                promoted[candidate.sample.id] = sequence
        self.store.grown(promoted, refused, target)
        self._idle = 0
        self._progress.accepted = self._planner.accepted.total()

    # -- planning -----------------------------------------------------------------------------------------

    def _next_plan(self) -> Plan | None:
        """The next batch, decided and stored; None when none should begin now."""
        if self._waiting:
            return self._waiting.pop(0)
        if self._stagnant():
            return None
        missing = self._missing()
        offered = [
            built
            for built in self.job.arms
            if self._planner.fillable(missing, built.labels())
            and self._planner.record(built.arm.name).errors_in_a_row < GIVE_UP_ON_ARM
            and built.arm.name not in self._closed_arms
        ]
        if not offered:
            return None
        index = self._planned
        outlook = self._outlook(missing)
        decision = decide(self.job, self._router, index, [built.arm for built in offered], outlook)
        cells = self._cells(self.job.arm(decision.arm), missing)
        plan = Plan(index, decision.arm, sum(c.n for c in cells), cells, self._planner.accepted.total())
        self.store.decided(
            {
                "idx": index,
                "decision_id": decision.id,
                "arm": plan.arm,
                "n": plan.n,
                "cells": dumps([cell.to_json() for cell in cells]),
                "offered": dumps([built.arm.name for built in offered]),
                "propensity": decision.propensity,
                "reason": decision.reason,
                "details": dumps(dict(decision.details)),
                "outlook": dumps(asdict(outlook)),
                "base": plan.base,
            },
            self._router.state(),
        )
        self._planned += 1
        return plan

    def _missing(self) -> Missing:
        """What batches are still to be planned for; in one pass the rows of the seeds left."""
        if not self.job.is_one_pass:
            return self._planner.expected_missing(Order(p.arm, p.cells) for p in self._flying.values())
        seeds = len(self.job.inputs.seeds) - self._planned * self.job.batch_size
        return {ANY: seeds * self.job.arms[0].fan_out()} if seeds > 0 else {}

    def _cells(self, arm: BuiltArm, missing: Missing) -> tuple[Cell, ...]:
        if self.job.is_one_pass:
            return (Cell(None, min(missing[ANY], self.job.batch_size * arm.fan_out())),)
        wanted = self._planner.fillable(missing, arm.labels())
        return self._planner.cells(arm.arm.name, wanted, arm.steers())

    def _is_passed(self) -> bool:
        """Whether each seed has been through the arm once, where that is all that is wanted."""
        is_left = self._missing() or self._flying or self._waiting
        is_failing = any(r.errors_in_a_row >= GIVE_UP_ON_ARM for r in self._planner.arms.values())
        return self.job.is_one_pass and not (is_left or is_failing or self._closed_arms)

    def _outlook(self, missing: Mapping[Stratum, int]) -> Outlook:
        most = self._recipe.budget.max_cost
        return Outlook(
            requested=self.job.batch_size,
            rows_missing=sum(missing.values()),
            cost_left=None if most is None else max(0.0, most - self._cost),
        )

    def _is_beyond_budget(self, plan: Plan) -> bool:
        """Whether a batch must wait for a bigger budget; planned in its turn, it is what it would have been."""
        most = self._recipe.budget.max_batches
        return most is not None and plan.index >= most

    def _stagnant(self) -> bool:
        if self.job.is_one_pass:
            return False
        window = self.job.window
        if self.job.models:
            window = min(window, -(-PAID_ROUND // self.job.batch_size))
        return self._idle >= STAGNANT_ROUNDS * max(window, len(self.job.arms))

    async def _finished(self, tasks: dict[asyncio.Task[Work], int]) -> list[Work]:
        """Batches ready to commit: the next one in order, or in `arrival` whichever came first.

        None when it was woken by `stop`, or its time is over.
        """
        is_strict = self.job.order == "strict"
        wanted = [min(tasks, key=lambda task: tasks[task])] if is_strict else list(tasks)
        until = self._grace_until() if self._is_halted() else self._deadline
        timeout_s = None if until is None else max(0.0, until - time.monotonic())
        woken = asyncio.ensure_future(self._woken.wait())
        done, _ = await asyncio.wait([*wanted, woken], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        ready = sorted((task for task in wanted if task in done), key=lambda task: tasks[task])
        for task in ready:
            del tasks[task]
        return [task.result() for task in ready]

    # -- committing ---------------------------------------------------------------------------------------

    def _commit(self, work: Work) -> dict[str, Any]:
        """Settles a batch, tells the router, and stores all of it at once; returns its outcome."""
        plan = work.plan
        calls = self._door.account.take(plan.index) if self._door is not None else ()
        correction = self._corrections.of(plan.arm)
        settled = settle(work, self.job, self.store, self._quality, self._planner, calls, correction)
        result = {"commit_order": self._committed, **settled.result}
        row = {"idx": plan.index, "decision_id": f"d{plan.index}", "arm": plan.arm, "n": plan.n, **result}
        row["cells"] = [cell.to_json() for cell in plan.cells]
        learn(self._router, row)
        self.store.committed(plan.index, settled.rows, result, self._router.state(), self.job.inputs, calls)
        del self._flying[plan.index]
        if work.audited is not None:
            self._corrections.add(plan.arm, work.audited)
        self._remember(row)
        self._progress.accepted = self._planner.accepted.total()
        self._credit_if_due()
        return row

    def _credit_if_due(self) -> None:
        """Lets the router learn what arms were worth so far, after each so many commits, once."""
        downstream = self.job.downstream
        if downstream is None or self._committed % downstream.every or self._committed <= self._credited:
            return
        samples = [Sample.from_json(record) for record in self.store.records()]
        with blaming(f"evaluator {downstream.built.name!r}", hint="take `downstream` out and use --fresh"):
            found: Evaluation = downstream.built.part.evaluate(samples)
        worth = {arm: [one.value, one.variance] for arm, one in found.worth.items()}
        credit(self._router, self._committed, worth)
        self.store.credited(self._committed, worth, self._router.state())
        self._credited = self._committed

    # -- ending -------------------------------------------------------------------------------------------

    def _ending(self) -> Ending:
        missing = self._planner.shortfall()
        have = f"{self._planner.accepted.total():,} of {self._recipe.num_samples:,} rows accepted"
        if not missing or self._is_passed():
            return Ending(status="complete", why=have)
        if self._stop is not None:
            return Ending(status="interrupted", why=f"{self._stop}; {have}", shortfall=missing)
        if self._pause is not None and not isinstance(self._pause, BudgetReached):
            return Ending(status="unreachable", why=f"{self._pause.message}; {have}", shortfall=missing)
        wall = self._pause or next(iter(self._closed_arms.values()), None)
        if wall is not None and not self._stagnant():
            return Ending(status="budget", why=f"{wall.message}; {have}", shortfall=missing)
        if self._flying or self._is_halted():
            return Ending(status="budget", why=f"budget reached; {have}", shortfall=missing)
        failing = [a for a, r in self._planner.arms.items() if r.errors_in_a_row >= GIVE_UP_ON_ARM]
        if len(failing) == len(self.job.arms):
            last = next(r["error"] for r in reversed(self.store.batch_rows()) if r["error"])
            raise RunError(
                f"every arm failed {GIVE_UP_ON_ARM} times in a row; the last: {last}",
                hint="mend or update the plugin, then run the same command again with --fresh",
            )
        if self._stagnant():
            why = f"the last {self._idle} batches accepted nothing; {have}"
        else:
            why = f"no arm can fill what is missing; {have}"
        return Ending(status="short", why=why, shortfall=missing)
