"""An arm that flatters the judge, found out by an audit; what audits are told of and what they leave alone."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.auditing import Audited, Corrections
from datagen_core.errors import RecipeError

RECIPE: dict[str, Any] = {
    "num_samples": 120,
    "batch_size": 6,
    "arms": ["toy"],
    "validators": ["oracle"],  # gives 0.5 to all
    "audit": {"use": "grader", "share": 1.0},  # gives 0 to all that isn't the text "a"
}


def components(results: Any) -> list[dict[str, float]]:
    return [row["components"] for row in results.store.batch_rows(state="done")]


def test_what_an_audit_finds_corrects_the_quality_of_later_rewards(bench: Any) -> None:
    results = bench.run("run", **RECIPE)
    found = components(results)
    assert [f["audit_difference"] for f in found] == [-0.5] * len(found)
    assert "audit_correction" not in found[0] and found[0]["quality"] == 0.5
    assert found[1]["audit_correction"] == -1.5 / 6 and found[1]["quality"] == 0.25
    assert found[-1]["quality"] < 0.05
    rewards = [row["reward"] for row in results.store.batch_rows(state="done")]
    assert rewards[0] == 0.5 and rewards[-1] < 0.05
    assert results.status == "complete" and results.counts()["rejected"] == 0


def test_only_a_share_of_the_batches_is_audited_the_same_ones_each_time(bench: Any) -> None:
    recipe = {**RECIPE, "num_samples": 600, "audit": {"use": "grader", "share": 0.2}}
    audited = [
        ["audit_samples" in f for f in components(bench.run(name, **recipe))] for name in ("one", "two")
    ]
    assert audited[0] == audited[1] and 0.1 < sum(audited[0]) / len(audited[0]) < 0.3


def test_a_run_that_goes_on_knows_its_audits(bench: Any) -> None:
    whole = bench.run("whole", **RECIPE)
    bench.run("run", **RECIPE, budget={"max_batches": 7})
    assert components(bench.run("run", **RECIPE)) == components(whole)


def test_audits_of_another_model_are_calls_of_the_batch(bench: Any) -> None:
    recipe = {
        **RECIPE,
        "models": {"strong": "pretend/strong"},
        "audit": {"use": "asked", "with": {"model": "strong"}},
    }
    recipe["audit"]["share"] = 1.0
    results = bench.run("run", **recipe)
    calls = results.store.call_rows()
    assert {(call["component"], call["arm"]) for call in calls} == {("audit", "toy")}
    assert sum(call["batch"] == 0 for call in calls) == 3


def test_a_validator_of_the_pool_cannot_audit(bench: Any) -> None:
    with pytest.raises(RecipeError, match="'unique' doesn't judge rows one by one"):
        bench.job({**RECIPE, "audit": "unique"})


def test_corrections_are_shrunk_towards_none() -> None:
    corrections = Corrections()
    assert corrections.of("a") == 0.0
    corrections.add("a", Audited(-0.4, 3))
    assert corrections.of("a") == pytest.approx(-0.2) and corrections.of("b") == 0.0
