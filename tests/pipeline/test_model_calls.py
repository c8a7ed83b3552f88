"""Runs whose arms and validators ask a model: accounting, budgets, pauses, keys, rehearsals."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import shutil
from types import SimpleNamespace
from typing import Any

import pytest

from datagen_core.errors import BudgetReached, RecipeError, UsageError
from datagen_core.explanation import explain
from datagen_core.llm.ledger import Amount, Ledger
from datagen_core.llm.opening import open_door
from datagen_core.model import ModelError
from datagen_core.pipeline import Pipeline, Progress
from datagen_core.report import report
from datagen_core.store.run_store import RunStore

MODELS = {"generator": {"name": "pretend/small", "price": 0.01}}
RECIPE: dict[str, Any] = {
    "arms": ["asker"],
    "models": MODELS,
    "num_samples": 40,
    "batch_size": 10,
    "window": 3,
}


def test_calls_are_stored_with_their_batch_and_the_router_gets_their_list_price(bench: Any) -> None:
    results = bench.run("run", **RECIPE)
    assert results.status == "complete"
    (found,) = report(results)["calls"]
    assert (found["arm"], found["component"], found["model"]) == ("asker", "asker", "pretend/small")
    assert found["calls"] == len(bench.seen.asked) == sum(row["n"] for row in results.store.batch_rows())
    assert found["cost"] == pytest.approx(0.15 * found["calls"])
    for row in results.store.batch_rows(state="done"):
        assert row["cost"] == pytest.approx(0.15 * row["n"])
    assert report(results)["spent"] == {
        "calls": found["calls"],
        "tokens": 15 * found["calls"],
        "cost": pytest.approx(found["cost"]),
    }


def test_a_second_run_of_the_same_asks_nothing_and_learns_the_same(bench: Any) -> None:
    bench.run("one", **RECIPE, order="strict")
    asked = len(bench.seen.asked)
    again = bench.run("two", **RECIPE, order="strict")
    assert len(bench.seen.asked) == asked
    assert bench.snapshot("one") == bench.snapshot("two")
    assert report(again)["spent"] == {"calls": 0, "tokens": 0, "cost": 0}
    assert report(again)["calls"][0]["cached"] == asked


def test_a_row_tells_the_call_it_came_from_and_the_one_that_judged_it(bench: Any) -> None:
    results = bench.run("run", **RECIPE, validators=["asked"])
    found = explain(results, results[0].id)
    assert found is not None
    assert [(call["component"], call["subject"]) for call in found["calls"]] == [
        ("asker", ""),
        ("asked", results[0].id),
    ]
    (step,) = results[0].trace.processing_steps
    assert step.params == {
        "model": "pretend/small",
        "prompt": found["calls"][0]["prompt"],
        "temperature": 0.7,
    }
    assert all(call["arm"] == "asker" and call["cost"] == pytest.approx(0.15) for call in found["calls"])


def test_a_call_that_fails_for_good_is_a_rejected_row_with_its_kind(bench: Any) -> None:
    numbers = itertools.count()
    bench.seen.answer = lambda request: (
        ModelError("no", kind="bad_request") if next(numbers) % 4 == 0 else request.messages[-1].content
    )
    results = bench.run("run", **RECIPE)
    assert results.status == "complete"
    counts = results.counts()
    assert counts["generated"] == counts["accepted"] + counts["rejected"] + counts["surplus"]
    assert [(r["validator"], r["reason"]) for r in results.rejections()] == [("asker", "model_bad_request")]
    assert report(results)["calls"][0]["failed"] == counts["rejected"]


@pytest.mark.parametrize("order", ["strict", "arrival"])
@pytest.mark.parametrize(
    ("budget", "more"),
    [
        ({"max_calls": 17}, {"max_calls": 500}),
        ({"max_tokens": 500}, {"max_tokens": 200_000}),
        ({"max_cost": 5.0}, {"max_cost": 2000.0}),
    ],
)
def test_a_budget_ends_the_run_cleanly_and_more_of_it_goes_on_without_paying_twice(
    bench: Any, order: str, budget: dict[str, Any], more: dict[str, Any]
) -> None:
    part = bench.run("run", **RECIPE, order=order, budget=budget)
    assert part.status == "budget" and next(iter(budget)) in part.ending["why"]
    spent = report(part)["spent"]
    assert spent[next(iter(budget)).removeprefix("max_")] <= next(iter(budget.values()))
    kept = [sample.id for sample in part]
    whole = bench.run("run", **RECIPE, order=order, budget=more)
    assert whole.status == "complete" and [sample.id for sample in whole][: len(kept)] == kept
    assert len({request.messages[-1].content for request in bench.seen.asked}) == len(bench.seen.asked)


def test_random_budgets_are_never_passed_and_resuming_with_more_finishes(bench: Any) -> None:
    rng = random.Random(4)
    for i in range(50):
        bench.forget()
        recipe = {**RECIPE, "seed": i}
        limit = rng.choice(["max_calls", "max_tokens", "max_cost"])
        most = {"max_calls": 60, "max_tokens": 9000, "max_cost": 90.0}[limit] * rng.random()
        most = most if limit == "max_cost" else int(most)
        numbers = itertools.count()
        fault = ModelError("lost", kind="timeout", may_have_run=True)
        bench.seen.answer = lambda request, n=numbers, fault=fault: (
            fault if next(n) % 7 == 3 else request.messages[-1].content
        )
        try:
            kept = [row.id for row in bench.run(f"run{i}", **recipe, budget={limit: most})]
        except BudgetReached:
            kept = []
        ledger = Ledger(bench.folder / f"run{i}" / "calls.db")
        amount = sum(ledger.counted().values(), Amount())
        ledger.close()
        assert {"max_calls": amount.calls, "max_tokens": amount.tokens, "max_cost": amount.cost}[
            limit
        ] <= most
        assert amount.calls == len(bench.seen.asked)
        whole = bench.run(f"run{i}", **recipe)
        assert whole.status == "complete" and [row.id for row in whole][: len(kept)] == kept


@pytest.mark.parametrize(("order", "least", "most"), [("arrival", 1, 3), ("strict", 9, 9)])
def test_in_arrival_order_batches_are_planned_when_the_endpoint_has_use_for_them(
    bench: Any, order: str, least: int, most: int
) -> None:
    planned = []

    def answer(request: Any) -> str:
        planned.append(len(bench.store("run").batch_rows(state="planned")))
        return str(request.messages[-1].content)

    bench.seen.answer = answer
    models = {"generator": {**MODELS["generator"], "max_in_flight": 4}}
    recipe = {**RECIPE, "models": models, "batch_size": 4, "window": 9, "order": order}
    assert bench.run("run", **recipe).status == "complete"
    assert least <= max(planned) <= most  # eight calls at hand: two batches, and one begun beside them


def test_an_arms_own_budget_closes_that_arm_alone(bench: Any) -> None:
    arms = [{"use": "asker", "budget": {"max_calls": 5}}, {"use": "asker", "name": "other"}]
    recipe = {**RECIPE, "arms": arms, "num_samples": 60}
    results = bench.run("run", **recipe)
    assert results.status == "complete"
    assert {row.metadata.arm for row in results} == {"other"}
    rows = results.store.batch_rows()
    assert [row["state"] for row in rows if row["arm"] == "asker"] == [
        "planned"
    ] * 2  # those in flight when it closed
    arms[0]["budget"] = {"max_calls": 500}
    more = bench.run("run", **{**recipe, "num_samples": 120})
    assert more.status == "complete" and {row.metadata.arm for row in more} == {"asker", "other"}


def test_when_every_arm_has_reached_its_own_budget_the_run_ends_as_at_a_budget(bench: Any) -> None:
    arms = [{"use": "asker", "budget": {"max_calls": 25}}]
    results = bench.run("run", **{**RECIPE, "arms": arms})
    assert results.status == "budget"
    assert results.ending["why"].startswith("the budget of the arm 'asker' is reached: max_calls = 25; ")


def test_max_cost_with_a_model_of_unknown_price_is_refused_before_anything_is_sent(bench: Any) -> None:
    error = bench.fails("run", **{**RECIPE, "models": {"generator": "pretend/small"}}, budget={"max_cost": 1})
    assert isinstance(error, RecipeError) and "the price of 'pretend/small' isn't known" in error.message
    assert bench.seen.asked == []


def test_a_missing_key_is_an_error_before_anything_is_sent(bench: Any) -> None:
    models = {"generator": {"name": "pretend/small", "key": False}}
    error = bench.fails("run", **{**RECIPE, "models": models})
    assert isinstance(error, RecipeError) and error.hint == "export PRETEND_KEY=…"
    assert bench.seen.asked == []


def test_a_missing_capability_is_an_error_before_anything_is_sent(bench: Any) -> None:
    arms = [{"use": "asker", "with": {"wants": ["logprobs"]}}]
    with pytest.raises(RecipeError, match="the model 'pretend/small' has no logprobs"):
        bench.job({**RECIPE, "arms": arms})


def test_a_key_that_is_refused_ends_the_run_at_once_and_it_goes_on_when_that_is_mended(bench: Any) -> None:
    numbers = itertools.count()
    bench.seen.answer = lambda request: (
        ModelError("status 401", kind="auth", hint="export KEY=…")
        if next(numbers) >= 25
        else request.messages[-1].content
    )
    results = bench.run("run", **RECIPE, order="strict")
    assert results.status == "unreachable" and "can't be used: status 401" in results.ending["why"]
    assert len(results) == 20 and results.counts()["rejected"] == 0
    bench.seen.answer = lambda request: request.messages[-1].content
    whole = bench.run("run", **RECIPE, order="strict")
    assert whole.status == "complete"
    refused = len(bench.seen.asked) - len({r.messages[-1].content for r in bench.seen.asked})
    assert refused <= 10 * 3


def test_with_strict_order_timing_decides_nothing(bench: Any) -> None:
    recipe = {**RECIPE, "order": "strict", "arms": ["asker", "dupes"], "validators": ["asked", "unique"]}
    snapshots = []
    for i, naps in enumerate((lambda n: 0, lambda n: n * 7 % 11, lambda n: 40 - min(n, 40))):
        bench.forget()
        bench.seen.naps = naps
        shutil.rmtree(bench.folder / "cache", ignore_errors=True)
        bench.run(f"run{i}", **recipe)
        assert bench.seen.asked
        snapshots.append(bench.snapshot(f"run{i}"))
    assert snapshots[0] == snapshots[1] == snapshots[2]


def test_a_stop_lets_calls_in_flight_finish_and_commits_what_is_whole(bench: Any) -> None:
    job = bench.job({**RECIPE, "window": 1})
    store = RunStore(bench.folder / "run" / "run.db")
    asked = itertools.count()

    async def slowly(request: Any) -> str:
        if next(asked) == 14:
            pipeline.stop("enough")
        for _ in range(20):
            await asyncio.sleep(0)
        return str(request.messages[-1].content)

    bench.seen.answer = slowly
    door = open_door(job, bench.folder / "run", cache=bench.folder / "cache")
    pipeline = Pipeline(job, store, lambda progress: None, door)

    async def work() -> Any:
        try:
            return await pipeline.run()
        finally:
            assert door is not None
            await door.close()

    ending = asyncio.run(work())
    assert (ending.status, store.counts()["accepted"]) == ("interrupted", 20)
    store.close()
    ledger = Ledger(bench.folder / "run" / "calls.db")
    assert ledger.states() == {"settled": 20}
    ledger.close()


def test_the_live_view_is_told_of_each_call(bench: Any) -> None:
    seen: list[Progress] = []
    bench.carry_on("run", bench.job(RECIPE), seen.append)
    assert seen[-1].calls == len(bench.seen.asked) and seen[-1].spent == pytest.approx(0.15 * seen[-1].calls)


def test_models_are_found_by_alias_by_name_and_by_a_bare_name_that_is_known(bench: Any) -> None:
    arms = [
        {"use": "asker", "with": {"model": name}, "name": name}
        for name in ("generator", "pretend/other", "pretty-one")
    ]
    job = bench.job({**RECIPE, "arms": arms})
    assert {alias: model.part.full_name for alias, model in job.models.items()} == {
        "generator": "pretend/small",
        "pretend/other": "pretend/other",
        "pretty-one": "pretend/pretty-one",
    }
    assert "the model 'pretty-one' is read as pretend/pretty-one" in job.notices()
    replaced = bench.job({**RECIPE, "arms": arms}, model="pretend/all")
    assert {model.part.name for model in replaced.models.values()} == {"pretend/all"}


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ({"generator": "nobody/knows"}, "no installed plugin reaches 'nobody/knows'"),
        ({"generator": "plain"}, "the model 'plain' has no provider"),
        ({"generator": {"name": "pretend/x", "no_such": 1}}, "unknown key 'models.generator.no_such'"),
        ({"generator": {"name": "pretend/x", "rpm": -1}}, "models.generator.rpm"),
        ({"other": "pretend/x"}, "asker: needs a model called 'generator'"),
        ({}, "asker: needs model"),
    ],
)
def test_what_is_wrong_with_models_is_said_with_its_place(
    bench: Any, models: dict[str, Any], said: str
) -> None:
    with pytest.raises(RecipeError, match=said.replace("(", r"\(")) as caught:
        bench.job({**RECIPE, "models": models})
    assert caught.value.where and (caught.value.expected or caught.value.hint)


def test_a_rehearsals_rows_are_marked_and_not_exported_unless_asked_for(bench: Any) -> None:
    job = bench.job({**RECIPE, "export": [{"path": "out.jsonl"}]}, model="standin")
    assert "export to out.jsonl is skipped: a rehearsal's rows aren't exported" in job.notices()
    results = bench.carry_on("run", job)
    assert results.status == "complete" and all(row.metadata.is_rehearsal for row in results)
    assert json.loads((bench.folder / "run" / "data.jsonl").read_text().splitlines()[0])["metadata"][
        "rehearsal"
    ]
    with pytest.raises(UsageError, match="a rehearsal's"):
        results.save(bench.folder / "rows.jsonl")
    assert not (bench.folder / "rows.jsonl").exists()
    assert not (bench.folder / "cache").exists()


def test_after_max_time_nothing_is_sent_and_the_run_ends_as_at_a_budget(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = itertools.count()  # each look at the clock takes a tenth of a second
    monkeypatch.setattr("datagen_core.pipeline.time", SimpleNamespace(monotonic=lambda: next(looks) / 10))
    bench.seen.naps = lambda n: 3
    recipe = {
        **RECIPE,
        "num_samples": 4000,
        "models": {"generator": {**MODELS["generator"], "max_in_flight": 4}},
    }
    results = bench.run("run", **recipe, budget={"max_time_s": 2})
    assert results.status == "budget" and results.ending["why"].startswith(
        "the time is over: max_time_s = 2; "
    )
    asked = len(bench.seen.asked)
    assert 0 < asked < 400
    assert bench.run("run", **recipe, budget={"max_calls": asked + 5}).status == "budget"


def test_a_recipe_that_never_made_anything_may_be_mended_in_its_folder(bench: Any) -> None:
    bench.seen.answer = lambda request: ModelError("status 404", kind="not_found")
    assert bench.fails("run", **RECIPE).message.startswith(
        "nothing was accepted: http://pretend can't be used"
    )
    bench.seen.answer = lambda request: request.messages[-1].content
    mended = {**RECIPE, "models": {"generator": {"name": "pretend/right", "price": 0.01}}, "batch_size": 8}
    assert bench.run("run", **mended).status == "complete"
    refused = bench.fails("run", **RECIPE)
    assert "what decides this run's rows has changed" in refused.message


def test_a_model_may_move_and_its_price_be_corrected_between_sittings(bench: Any) -> None:
    bench.run("run", **RECIPE, budget={"max_calls": 25})
    moved = {"generator": {"name": "pretend/small", "price": 0.02}}
    assert bench.run("run", **{**RECIPE, "models": moved}).status == "complete"


def test_at_the_budget_arms_that_call_no_model_go_on(bench: Any) -> None:
    recipe = {**RECIPE, "arms": ["asker", "toy"], "order": "arrival", "budget": {"max_calls": 15}}
    results = bench.run("run", **recipe)
    assert results.status == "complete"
    assert {row.metadata.arm for row in results} == {"asker", "toy"}
    assert report(results)["spent"]["calls"] <= 15
    alone = bench.run("alone", **{**recipe, "arms": ["asker"]})
    assert alone.status == "budget"
    strict = bench.run("strict", **{**recipe, "order": "strict"})
    assert strict.status == "budget"
