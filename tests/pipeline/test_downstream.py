"""Evaluations within a run, and what routers learn from them."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.feedback import replay
from datagen_core.store.reading import RunReader

RECIPE: dict[str, Any] = {
    "num_samples": 60,
    "batch_size": 5,
    "arms": ["toy", "liar"],
    "router": "creditor",
    "downstream": {"use": "truth", "every": 3},
}


def credits(results: Any) -> list[dict[str, Any]]:
    return [e["payload"] for e in results.store.event_rows() if e["kind"] == "credited"]


def test_after_every_third_batch_the_router_is_told_what_each_arm_was_worth(bench: Any) -> None:
    results = bench.run("run", **RECIPE)
    found = credits(results)
    assert [one["commits"] for one in found] == list(
        range(3, len(results.store.batch_rows(state="done")) + 1, 3)
    )
    assert found[-1]["worth"] == {"liar": [0.0, 0.01], "toy": [1.0, 0.01]}
    assert set(results.store.get("router_state")["credits"]) == {
        f"e{one['commits']}|{arm}" for one in found for arm in one["worth"]
    }


@pytest.mark.parametrize("after", [2, 3, 7])
def test_a_run_that_goes_on_is_told_the_same(bench: Any, after: int) -> None:
    whole = bench.run("whole", **RECIPE)
    bench.run("run", **RECIPE, budget={"max_batches": after})
    again = bench.run("run", **RECIPE)
    assert credits(again) == credits(whole) and bench.snapshot("run") == bench.snapshot("whole")


def test_the_log_replays_to_the_same_router(bench: Any) -> None:
    results = bench.run("run", **RECIPE)
    store: RunReader = results.store
    assert replay(bench.job(RECIPE), store) == store.get("router_state")
