"""What timing, workers, budgets and interruptions may not change, and what arrival order may."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest

from datagen_core import feedback
from datagen_core.pipeline import Pipeline, Progress
from datagen_core.store.run_store import RunStore

RECIPE: dict[str, Any] = {
    "num_samples": 150,
    "batch_size": 6,
    "window": 16,
    "order": "strict",
    "labels": {"a": 2, "b": 1},
    "arms": [
        *("toy", "dupes", "mixed", "stranger"),
        {"use": "crashing", "with": {"fail_after": 2}},
        {"name": "loud", "chain": ["mixed", "shout"], "gate": ["oracle"]},
    ],
    "validators": ["honest", "oracle", "whole", "unique"],
}
TIMINGS = {
    "at once": lambda batch: 0,
    "last first": lambda batch: 3 * (15 - batch % 16),
    "anyhow": lambda batch: batch * 7919 % 31,
}
"""Naps by batch."""


@pytest.fixture
def whole(bench: Any) -> dict[str, Any]:
    """An uninterrupted run of the recipe by one worker."""
    bench.run("whole", **RECIPE, workers=1)
    found: dict[str, Any] = bench.snapshot("whole")
    assert len(found["batches"]) > 40
    assert all(found["rows"].values())  # some of each status
    return found


@pytest.mark.parametrize("timing", ["last first", "anyhow"])
@pytest.mark.parametrize("workers", [4, 16])
def test_strict_order_gives_the_same_for_any_number_of_workers_and_any_timing(
    bench: Any, whole: dict[str, Any], workers: int, timing: str
) -> None:
    in_order = list(bench.seen.finished)
    bench.seen.finished.clear()
    bench.seen.naps = TIMINGS[timing]
    bench.run("other", **RECIPE, workers=workers)
    assert bench.seen.finished != in_order
    assert sorted(bench.seen.finished) == sorted(in_order)
    assert bench.snapshot("other") == whole


@pytest.mark.parametrize("first", [[1], [5], [16], [17], [3, 20, 21]])
def test_a_run_that_met_its_budget_goes_on_to_what_it_would_have_been(
    bench: Any, whole: dict[str, Any], first: list[int]
) -> None:
    bench.seen.naps = TIMINGS["last first"]
    for most in first:
        results = bench.run("parts", **RECIPE, workers=4, budget={"max_batches": most})
        assert results.status == "budget"
        done = results.store.batch_rows(state="done")
        assert [row["idx"] for row in done] == list(range(most))
    again = bench.run("parts", **RECIPE, budget={"max_batches": first[-1]})  # nothing is left of it
    assert len(again.store.batch_rows(state="done")) == first[-1]
    assert bench.run("parts", **RECIPE, workers=16).status == "complete"
    assert bench.snapshot("parts") == whole


@pytest.mark.parametrize("after", [1, 10, 25])
def test_a_run_that_was_stopped_is_whole_and_goes_on_to_what_it_would_have_been(
    bench: Any, whole: dict[str, Any], after: int
) -> None:
    bench.seen.naps = TIMINGS["last first"]
    job = bench.job(RECIPE)
    with_store = RunStore(bench.folder / "stopped" / "run.db")

    def stop(progress: Progress) -> None:
        if progress.batches == after:
            pipeline.stop("enough")

    pipeline = Pipeline(job, with_store, stop)
    ending = asyncio.run(pipeline.run())
    assert (ending.status, ending.why.split(";")[0]) == ("interrupted", "enough")
    assert sum(ending.shortfall.values()) == 150 - with_store.counts()["accepted"]
    assert len(with_store.batch_rows(state="done")) == after
    rows = with_store.batch_rows(state="done")
    assert sum(row["accepted"] for row in rows) == with_store.counts()["accepted"]
    with_store.close()
    bench.carry_on("stopped", job)
    assert bench.snapshot("stopped") == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_sitting_and_the_same_command_goes_on(bench: Any, number: int) -> None:
    def observe(progress: Progress) -> None:
        if progress.batches == 3:
            signal.raise_signal(number)

    job = bench.job({"num_samples": 30, "batch_size": 5})
    before = signal.getsignal(number)
    results = bench.carry_on("asked", job, observe)
    assert signal.getsignal(number) is before
    assert (results.status, results.ending["shortfall"]) == ("interrupted", {"rows": 30 - len(results)})
    assert 0 < len(results) < 30
    assert bench.carry_on("asked", job).status == "complete"
    bench.run("calm", num_samples=30, batch_size=5)
    assert bench.snapshot("asked") == bench.snapshot("calm")


def test_a_signal_before_anything_was_accepted_is_no_error(bench: Any) -> None:
    job = bench.job({"num_samples": 30})
    results = bench.carry_on("early", job, lambda progress: signal.raise_signal(signal.SIGINT))
    assert (results.status, len(results)) == ("interrupted", 0)


@pytest.mark.parametrize("window", [1, 4])
def test_a_batch_is_planned_from_the_feedback_of_batches_a_window_ago(bench: Any, window: int) -> None:
    recipe = {**RECIPE, "router": "recorder", "window": window}
    bench.seen.naps = TIMINGS["anyhow"]
    bench.run("parts", **recipe, budget={"max_batches": 7})
    bench.run("parts", **recipe)
    routed = {decision: (known, pending) for decision, known, pending, _ in bench.seen.routed}
    full = 0
    for index in range(len(routed)):
        known, pending = routed[f"d{index}"]
        assert [*known, *pending] == [f"d{i}" for i in range(index)]
        assert len(pending) <= window - 1
        full += len(pending) == min(index, window - 1)
    assert full > 0.9 * len(routed)  # the last wait for what is pending: it may be enough
    assert all(len(routed[f"d{i}"][1]) == min(i, window - 1) for i in range(20))


@pytest.mark.parametrize("timing", ["last first", "anyhow"])
def test_arrival_order_loses_nothing_doubles_nothing_and_its_log_replays(bench: Any, timing: str) -> None:
    bench.seen.naps = TIMINGS[timing]
    recipe = {**RECIPE, "order": "arrival", "workers": 8}
    bench.run("run", **recipe, budget={"max_batches": 20})
    results = bench.run("run", **recipe)
    store = results.store
    assert (results.status, len(results)) == ("complete", 150)
    assert store.label_counts() == {"a": 100, "b": 50}
    rows = store.batch_rows()
    assert [row["state"] for row in rows] == ["done"] * len(rows)
    orders = [row["commit_order"] for row in rows]
    assert sorted(orders) == list(range(len(rows)))
    assert orders != sorted(orders)
    statuses = ("accepted", "rejected", "surplus", "intermediate")
    found = [r["id"] for status in statuses for r in store.records(status)]
    assert sorted(found) == sorted(bench.seen.made)  # each row that was made, once
    counts = results.counts()
    assert counts["generated"] == len(found) - counts["intermediate"] == sum(row["generated"] for row in rows)
    assert [s.id for s in results] == [record["id"] for record in store.records()]
    assert [store.find(s.id)["sequence"] for s in results] == list(range(150))  # type: ignore[index]
    assert feedback.replay(bench.job(recipe), store) == store.get("router_state")


def test_a_strict_run_replays_as_well(bench: Any, whole: dict[str, Any]) -> None:
    assert feedback.replay(bench.job(RECIPE), bench.store("whole")) == whole["router"]
