"""Rows that are there, judged by other validators: no generator is called, and the source stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.errors import RunError
from datagen_core.rejudging import rejudge
from datagen_core.results import Results

MODELS = {"generator": {"name": "pretend/small", "price": 0.01}}
RECIPE: dict[str, Any] = {
    "arms": ["asker", "mixed"],
    "models": MODELS,
    "num_samples": 60,
    "batch_size": 10,
    "window": 2,
    "validators": ["honest"],
}


def again(bench: Any, source: Results, name: str, **changed: Any) -> Results:
    job = bench.job({**RECIPE, **changed})
    return rejudge(source, job, bench.folder / name, cache=bench.folder / "cache")


def ids(results: Results, status: str) -> list[str]:
    return [record["id"] for record in results.store.records(status)]


def test_the_same_validators_give_the_same_run(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    made, asked = len(bench.seen.made), len(bench.seen.asked)
    same = again(bench, source, "same")
    assert (len(bench.seen.made), len(bench.seen.asked)) == (made, asked)
    for status in ("accepted", "rejected", "surplus"):
        assert ids(same, status) == ids(source, status)
    old, new = (store.batch_rows(state="done") for store in (source.store, same.store))
    columns = ("idx", "arm", "n", "commit_order", "accepted", "rejected", "surplus", "reward", "quality")
    assert [[row[c] for c in columns] for row in new] == [[row[c] for c in columns] for row in old]
    assert same.status == "complete" and same.store.get("rejudged") == str(source.folder)


def test_a_stricter_validator_rejects_more_and_surplus_takes_the_place_of_what_fell(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    stricter = again(bench, source, "stricter", validators=["honest", "oracle", "whole"])
    fallen = [row for row in source if row.response.startswith(("doubtful", "named"))]
    assert fallen and not {row.id for row in fallen} & set(ids(stricter, "accepted"))
    assert stricter.status == "short"
    assert stricter.counts()["generated"] == source.counts()["generated"]
    reasons = {(r["validator"], r["reason"]) for r in stricter.rejections()}
    assert ("oracle", "doubtful") in reasons and ("honest", "a_lie") in reasons


def test_a_looser_one_brings_rows_back(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    assert any(reason["reason"] == "a_lie" for reason in source.rejections())
    looser = again(bench, source, "looser", validators=[], num_samples=1000)
    assert looser.counts()["rejected"] == 0
    assert looser.counts()["accepted"] == source.counts()["generated"]


def test_a_judge_is_asked_once_per_row_and_its_calls_are_stored(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    asked = len(bench.seen.asked)
    judged = again(bench, source, "judged", validators=["honest", "asked"])
    calls = judged.store.call_rows()
    assert {call["component"] for call in calls} == {"asked"}
    assert (
        len(calls)
        == len(bench.seen.asked) - asked
        == sum(not row.response.startswith("lie") for row in (*source, *_surplus(source)))
    )


def _surplus(results: Results) -> list[Any]:
    from datagen_core.sample import Sample

    return [Sample.from_json(record) for record in results.store.records("surplus")]


def test_what_falls_short_is_made_by_the_same_recipe_in_the_new_folder(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    stricter = again(bench, source, "stricter", validators=["honest", "oracle"])
    kept = ids(stricter, "accepted")
    whole = bench.run("stricter", **{**RECIPE, "validators": ["honest", "oracle"]})
    assert whole.status == "complete" and ids(whole, "accepted")[: len(kept)] == kept


def test_rows_of_earlier_links_and_an_arms_own_rejections_are_kept_as_they_were(bench: Any) -> None:
    arms = [{"name": "loud", "chain": ["toy", "shout"]}, "refuser"]
    source = bench.run("run", **{**RECIPE, "arms": arms, "models": {}})
    same = again(bench, source, "same", arms=arms, models={})
    for status in ("accepted", "rejected", "surplus", "intermediate"):
        assert ids(same, status) == ids(source, status)
    first = ids(same, "accepted")[0]
    assert same.store.lineage(first) == source.store.lineage(first) != []


@pytest.mark.parametrize("changed", [{"seed": 1}, {"arms": ["asker"]}, {"batch_size": 11}])
def test_a_recipe_that_would_make_other_rows_is_refused(bench: Any, changed: dict[str, Any]) -> None:
    source = bench.run("run", **RECIPE)
    with pytest.raises(RunError, match="would make other rows than this run did"):
        again(bench, source, "other", **changed)
    assert not (bench.folder / "other").exists()


def test_a_folder_with_a_run_is_never_written_over(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    with pytest.raises(RunError, match="holds a run already"):
        again(bench, source, "run")


def test_a_budget_that_ends_it_leaves_no_half_judged_run_and_it_can_be_begun_again(bench: Any) -> None:
    source = bench.run("run", **RECIPE)
    changed = {"validators": ["honest", "asked"]}
    from datagen_core.errors import BudgetReached

    with pytest.raises(BudgetReached):
        again(bench, source, "judged", **changed, budget={"max_calls": 5})
    assert not (bench.folder / "judged" / "run.db").exists()
    assert again(bench, source, "judged", **changed).counts()["generated"] == source.counts()["generated"]
