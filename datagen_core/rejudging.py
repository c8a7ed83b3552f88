"""A run's rows judged anew: other validators or thresholds over what is stored, in a folder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from datagen_core.batch import Plan, Work
from datagen_core.errors import RunError
from datagen_core.generator import Cell
from datagen_core.identity import differences
from datagen_core.job import Job
from datagen_core.jsontext import dumps, plain
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.opening import open_door
from datagen_core.llm.site import CallSite
from datagen_core.planner import Planner
from datagen_core.progress import Ending
from datagen_core.quality import Quality
from datagen_core.results import Results
from datagen_core.run_files import write_files, write_lock
from datagen_core.run_folders import alone
from datagen_core.runs import check_keys, describe
from datagen_core.sample import Metadata, Rejection, Sample, Step, Trace
from datagen_core.selecting import choose
from datagen_core.settling import settle
from datagen_core.store.reading import RunReader
from datagen_core.store.run_store import RunStore, StoredRow

MADE_BY = ("seed", "context", "arms", "order", "window", "batch_size")
"""The parts of a run's identity that decide what generators made; the rest may differ."""


def rejudge(
    source: Results,
    job: Job,
    folder: Path,
    *,
    again: str = "",
    cache: Path | None = None,
    say: Callable[[str], None] = lambda step: None,
) -> Results:
    """Judges the rows of a run by the validators, rewards and quotas of another job. No generator is called.

    The batches of the run are settled again in the order they were committed, with their ids and lineage; models
    are called by validators alone. The same recipe then goes on in the new folder, if rows are wanting.

    Args:
        source: The run; it is left as it is.
        job: What to judge by: the same arms, inputs and seed.
        folder: A new folder.
        again: The command that makes what is wanting afterwards, kept for the reports.
        cache: The folder of replies; by default the user's cache folder.
        say: Told each step.

    Raises:
        RunError: the folder exists, or the job would have made other rows.
        RunPaused: a budget or an endpoint ended it; the same call begins again, with what was said in the cache.
    """
    if (folder / "run.db").exists():
        raise RunError("the folder holds a run already", where=str(folder), hint="name another with -o")
    check_same_rows(source, job)
    judges = {alias for v in job.validators for alias in getattr(v.part, "models", dict)()}
    judging = replace(job, models={alias: model for alias, model in job.models.items() if alias in judges})
    check_keys(judging)
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        store = RunStore(folder / "run.db", durability=job.loaded.recipe.durability)
        door = open_door(judging, folder, cache=cache)
        try:
            describe(job, store)
            store.put({"rejudged": str(source.folder), "given": {"again": again}})
            store.began()
            write_lock(job, folder)
            ending = asyncio.run(_Rejudging(source.store, job, store, door).run(say))
            store.ended(asdict(ending))
            write_files(store, folder)
        except BaseException:
            store.close()
            (folder / "run.db").unlink()  # half a verdict is none; what models said is in the cache
            raise
        store.close()
    return Results(folder)


def check_same_rows(source: Results, job: Job) -> None:
    """Raises RunError where a job's arms and inputs aren't those that a run was made by."""
    known, wanted = source.store.get("identity"), plain(job.identity)
    changes = [line for part in MADE_BY for line in differences(known.get(part), wanted.get(part), part)]
    for alias in {alias for arm in job.arms for link in arm.links for alias in link.part.models()}:
        pair = [found.get("models", {}).get(alias) for found in (known, wanted)]
        changes += differences(pair[0], pair[1], f"models.{alias}")
    changes = [
        line
        for line in changes
        if not line.startswith(("context.labels", "context.balance", "context.coverage"))
    ]
    if changes:
        raise RunError(
            "the recipe would make other rows than this run did: " + "; ".join(changes[:5]),
            where=str(source.folder),
            expected="the same arms, inputs, models and seed; validators, thresholds, rewards and quotas may change",
            hint="undo the change, or make them anew: datagen run RECIPE --fresh",
        )


class _Rejudging:
    def __init__(self, source: RunReader, job: Job, store: RunStore, door: ModelDoor | None) -> None:
        self._source, self._job, self._store, self._door = source, job, store, door
        self._quality = Quality(job.validators, door)
        self._planner = Planner(job.loaded.recipe.num_samples, job.coverage, job.batch_size)
        same_router = source.get("identity")["router"] == plain(job.identity)["router"]
        self._router_state = source.get("router_state") if same_router else job.new_router().state()

    async def run(self, say: Callable[[str], None]) -> Ending:
        try:
            done = self._source.batch_rows(state="done")
            ordered = sorted(done, key=lambda row: row["commit_order"])
            for i, row in enumerate(ordered):
                say(f"judging batch {i + 1} of {len(ordered)}")
                await self._batch(i, row)
            self._store.put({"num_samples": self._job.loaded.recipe.num_samples})
            if not self._planner.shortfall():
                say("selecting")
                await choose(self._job, self._store, self._door)
        finally:
            if self._door is not None:
                self._store.put({"spent": asdict(self._door.spent())})
                await self._door.close()
        missing = self._planner.shortfall()
        have = f"{self._planner.accepted.total():,} of {self._job.loaded.recipe.num_samples:,} rows accepted"
        return Ending(status="short" if missing else "complete", why=f"rejudged: {have}", shortfall=missing)

    async def _batch(self, order: int, row: Mapping[str, Any]) -> None:
        cells = tuple(Cell.from_json(cell) for cell in row["cells"])
        plan = Plan(row["idx"], row["arm"], row["n"], cells, self._planner.accepted.total())
        links = len(self._job.arm(plan.arm).links)
        before, samples = _rows_of(self._source, plan.index, links)
        work = Work(plan, before=before, error=row["error"])
        site = CallSite(arm=plan.arm, batch=plan.index, seed=self._job.loaded.recipe.seed)
        work.candidates, work.factor = await self._quality.look(samples, plan.base, site)
        calls = self._door.account.take(plan.index) if self._door is not None else ()
        settled = settle(work, self._job, self._store, self._quality, self._planner, calls)
        kept = ("idx", "decision_id", "arm", "n", "propensity", "reason")
        decision = {**{key: row[key] for key in kept}, "base": plan.base}
        decision |= {key: dumps(row[key]) for key in ("cells", "offered", "details", "outlook")}
        self._store.decided(decision, self._router_state)
        result = {"commit_order": order, **settled.result}
        self._store.committed(plan.index, settled.rows, result, self._router_state, self._job.inputs, calls)


def _rows_of(source: RunReader, batch: int, links: int) -> tuple[list[StoredRow], list[Sample]]:
    """A batch's rows: those to keep as they are, and those that left the last link, to be judged."""
    kept: list[StoredRow] = []
    judged: list[Sample] = []
    for row in source.rows_of_batch(batch):
        record, status, reason = row["record"], row["status"], row["reason"]
        if "response" not in record:
            kept.append(
                StoredRow(
                    sample=_rejection(record, reason),
                    status=status,
                    validator=row["validator"],
                    reason=reason,
                )
            )
            continue
        sample = Sample.from_json(record)
        if len(sample.trace.processing_steps) == links and reason != "more_than_asked":
            judged.append(sample)
        else:
            kept.append(StoredRow(sample=sample, status=status, validator=row["validator"], reason=reason))
    return kept, judged


def _rejection(record: Mapping[str, Any], reason: str) -> Rejection:
    steps = tuple(Step(**step) for step in record["trace"]["processing_steps"])
    return Rejection(
        id=record["id"],
        reason=reason,
        rule=record["rule"],
        measured=record["measured"],
        threshold=record["threshold"],
        text=record["text"],
        metadata=Metadata(**record["metadata"]),
        trace=Trace(parents=tuple(record["trace"]["parents"]), processing_steps=steps),
    )
