"""What another router would have earned on a run's log."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.errors import RunError
from datagen_core.simulation import simulate

RECIPE: dict[str, Any] = {"num_samples": 300, "batch_size": 5, "arms": ["toy", "dupes"], "router": "uniform"}


def test_the_logs_own_router_is_estimated_at_about_what_it_earned(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    found = simulate(source, bench.job(RECIPE))
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(found.logged, abs=0.1) and found.certain_share == 0.0


def test_a_router_that_learns_is_estimated_above_one_that_does_not(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    better = simulate(source, bench.job({**RECIPE, "router": "epsilon-greedy"}))
    assert better.low > better.logged and next(iter(better.shares)) == "toy"
    truth = sum(r["reward"] for r in source.store.batch_rows() if r["arm"] == "toy")
    pulls = sum(r["arm"] == "toy" for r in source.store.batch_rows())
    assert better.value <= truth / pulls + 0.05


def test_a_simulation_repeats_and_changes_nothing(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    before = bench.snapshot("run")
    job = bench.job({**RECIPE, "router": "epsilon-greedy"})
    assert simulate(source, job) == simulate(source, job)
    assert bench.snapshot("run") == before


def test_certain_choices_of_the_log_are_told(bench: Any) -> None:
    source = bench.run(
        "run", **{**RECIPE, "router": {"use": "epsilon-greedy", "with": {"start": 0, "floor": 0}}}
    )
    found = simulate(source, bench.job(RECIPE))
    assert found.certain_share > 0.9  # all but ties


def test_a_run_without_a_history_is_refused(bench: Any) -> None:
    source = bench.run("run", num_samples=5, batch_size=5, router="uniform")
    with pytest.raises(RunError, match="the run has 1 rewarded batches"):
        simulate(source, bench.job({"num_samples": 5, "batch_size": 5, "router": "uniform"}))
