"""How a run ends: complete, short, at its budget, interrupted, or with an error that says why."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest

from datagen_core.errors import PluginError, RunError
from datagen_core.store.reading import RunReader

CRASHING = {"name": "late", "use": "crashing", "with": {"fail_after": 2}}


def arms_of(store: RunReader) -> list[str]:
    return [row["arm"] for row in store.batch_rows()]


def test_an_arm_that_fails_three_times_in_a_row_is_dropped_and_others_finish(bench: Any) -> None:
    results = bench.run("run", num_samples=40, batch_size=5, arms=["toy", "crashing"])
    assert (results.status, len(results)) == ("complete", 40)
    assert arms_of(results.store).count("crashing") == 3
    offered = [row["offered"] for row in results.store.batch_rows()]
    third = [i for i, arm in enumerate(arms_of(results.store)) if arm == "crashing"][2]
    assert {tuple(names) for names in offered[: third + 1]} == {("toy", "crashing")}
    assert {tuple(names) for names in offered[third + 1 :]} == {("toy",)}


def test_an_arm_that_was_dropped_stays_dropped_when_the_run_goes_on(bench: Any) -> None:
    recipe = {"num_samples": 40, "batch_size": 5, "arms": ["toy", "crashing"]}
    bench.run("run", **recipe, budget={"max_batches": 6})
    results = bench.run("run", **recipe)
    assert arms_of(results.store).count("crashing") == 3


def test_failures_that_are_not_in_a_row_are_forgiven(bench: Any) -> None:
    arms = [{"name": "shaky", "use": "shaky"}]  # fails in two batches of three
    results = bench.run("run", num_samples=20, batch_size=5, arms=arms)
    errors = [row["error"] is not None for row in results.store.batch_rows()]
    assert results.status == "complete"
    assert errors[:6] == [True, True, False, True, True, False]


def test_rows_made_before_a_failure_are_kept(bench: Any) -> None:
    results = bench.run("run", num_samples=40, batch_size=5, arms=["toy", CRASHING])
    late = [s.id for s in results if s.metadata.arm == "late"]
    assert len(late) == 3 * 2
    assert {s.id for s in results} <= set(bench.seen.made)
    assert results.counts()["generated"] == len(bench.seen.made)


@pytest.mark.parametrize("budget", [{}, {"max_batches": 2}])
def test_a_run_whose_arms_all_fail_says_what_failed(bench: Any, budget: dict[str, int]) -> None:
    error = bench.fails("run", num_samples=5, arms=["crashing"], budget=budget)
    assert isinstance(error, RunError)
    assert "crashing: ValueError: out of ideas" in error.message
    assert len(bench.store("run").batch_rows(state="done")) == budget.get("max_batches", 3)
    again = bench.fails("run", num_samples=5, arms=["crashing"], budget=budget)  # at once
    assert (again.message, again.hint) == (error.message, error.hint)
    assert "--fresh" in error.hint


def test_an_arm_isnt_asked_for_a_label_that_it_cant_make(bench: Any) -> None:
    arms = [{"name": "for a", "use": "toy", "with": {"labels": ["a"]}}, "toy"]
    results = bench.run("run", num_samples=30, batch_size=5, labels=["a", "b"], arms=arms)
    rows = results.store.batch_rows()
    assert {label for row in rows if row["arm"] == "for a" for label, _ in row["cells"]} == {"a"}
    assert {label for row in rows if row["arm"] == "toy" for label, _ in row["cells"]} == {"a", "b"}
    assert all(row["offered"] == ["toy"] for row in rows if row["base"] and not asked_a(row))


def asked_a(row: dict[str, Any]) -> bool:
    return any(label == "a" for label, _ in row["cells"])


def test_a_label_that_nobody_can_make_ends_the_run_short_with_what_lacks(bench: Any) -> None:
    arms = [{"name": "for a", "use": "toy", "with": {"labels": ["a"]}}]
    results = bench.run("run", num_samples=9, labels={"a": 2, "b": 1, "c": 1}, arms=arms)
    assert results.status == "short"
    assert results.ending["shortfall"] == {"b": 2, "c": 2}
    assert results.ending["why"] == "no arm can fill what is missing; 5 of 9 rows accepted"


@pytest.mark.parametrize(("window", "arms", "idle"), [(1, 1, 3), (4, 1, 12), (2, 3, 9)])
def test_three_rounds_that_accept_nothing_end_the_run(bench: Any, window: int, arms: int, idle: int) -> None:
    names = ["dupes", "liar", "refuser"][:arms]
    results = bench.run(
        "run", num_samples=9, batch_size=4, window=window, arms=names, validators=["honest", "unique"]
    )
    done = results.store.batch_rows()
    assert (results.status, results.ending["shortfall"]) == ("short", {"rows": 5})
    rounds = [row["accepted"] for row in done]
    assert (sum(rounds[:1]), sum(rounds[1:])) == (4, 0)
    # stagnation is seen when a batch would be planned; the window - 1 before it were under way
    assert idle <= len(done) - 1 <= idle + window - 1
    assert "batches accepted nothing; 4 of 9" in results.ending["why"]


def test_a_bigger_target_gives_stagnation_a_fresh_start_even_after_a_stop(bench: Any) -> None:
    recipe = {"batch_size": 4, "arms": ["dupes"], "validators": ["unique"]}
    for name, middle in (("straight", [None]), ("stopped", [4, None])):
        bench.run(name, num_samples=10, **recipe, budget={"max_batches": 3})  # two of them in vain
        for most in middle:
            results = bench.run(name, num_samples=12, **recipe, budget={"max_batches": most})
        assert (results.status, len(results.store.batch_rows())) == ("short", 6)


def test_a_run_that_accepts_nothing_names_its_top_reasons_and_the_setting(bench: Any) -> None:
    error = bench.fails("run", num_samples=9, batch_size=4, arms=["liar"], validators=["honest"])
    assert isinstance(error, RunError)
    message, reason = error.message.splitlines()
    assert message.startswith("nothing was accepted: the last 3 batches accepted nothing; 0 of 9")
    assert reason.startswith("    12 × honest: a_lie, e.g. 'lie None ")
    assert reason.endswith("(measured lie, limit no lie)")
    assert error.hint.startswith("change validators.honest in the recipe, then run it with --fresh")
    rejected = (bench.folder / "run" / "rejected.jsonl").read_text().splitlines()
    assert [json.loads(line)["reason"] for line in rejected] == ["a_lie"] * 12


@pytest.mark.parametrize(
    ("arm", "labels", "reason", "setting"),
    [
        ("refuser", [], "refuser: no_idea, e.g. 'what it was' (measured 0, limit 1 idea)", "arms"),
        ("stranger", ["a"], "labels: label_not_wanted, e.g. 'strange ", "labels"),
    ],
)
def test_where_no_validator_refused_the_setting_is_another(
    bench: Any, arm: str, labels: list[str], reason: str, setting: str
) -> None:
    error = bench.fails("run", num_samples=9, arms=[arm], labels=labels)
    assert reason in error.message
    assert error.hint.startswith(f"change {setting} in the recipe")


def test_a_budget_ends_the_sitting_and_says_what_lacks(bench: Any) -> None:
    results = bench.run("run", num_samples=50, batch_size=5, budget={"max_batches": 2})
    assert results.status == "budget"
    assert results.ending == {
        "status": "budget",
        "why": "budget reached; 10 of 50 rows accepted",
        "shortfall": {"rows": 40},
    }
    assert len((bench.folder / "run" / "data.jsonl").read_text().splitlines()) == 10


def test_a_target_met_by_the_last_batch_of_the_budget_is_complete(bench: Any) -> None:
    results = bench.run("run", num_samples=10, batch_size=5, budget={"max_batches": 2})
    assert (results.status, len(results)) == ("complete", 10)


def test_after_max_time_nothing_is_begun_and_the_run_goes_on_to_what_it_would_have_been(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = {"num_samples": 40, "batch_size": 5, "window": 4, "arms": ["toy", CRASHING, "dupes"]}
    bench.run("whole", **recipe)
    seconds = itertools.count()  # each look at the clock takes a second
    monkeypatch.setattr("datagen_core.pipeline.time", SimpleNamespace(monotonic=lambda: next(seconds)))
    results = bench.run("run", **recipe, budget={"max_time_s": 20})
    assert results.status == "budget"
    assert 0 < len(results.store.batch_rows(state="done")) < len(bench.store("whole").batch_rows())
    assert bench.run("run", **recipe).status == "complete"
    assert bench.snapshot("run") == bench.snapshot("whole")


def test_a_budget_too_small_for_any_batch_is_the_setting_to_raise(bench: Any) -> None:
    error = bench.fails("run", num_samples=20, budget={"max_time_s": 1e-9})
    assert bench.seen.made == []
    assert error.message == "nothing was accepted: budget reached; 0 of 20 rows accepted"
    assert error.hint.startswith("raise the budget, then run the same command again")
    assert bench.run("run", num_samples=20).status == "complete"


def test_a_generator_that_yields_what_it_may_not_is_charged_and_others_go_on(bench: Any) -> None:
    arms = [
        "toy",
        {"name": "text", "use": "broken"},
        {"name": "twice", "use": "broken", "with": {"fail_after": 1}},
    ]
    results = bench.run("run", num_samples=30, batch_size=5, arms=arms)
    assert (results.status, len(results)) == ("complete", 30)
    errors = {row["arm"]: row["error"] for row in results.store.batch_rows() if row["error"]}
    assert errors["text"].startswith("broken: TypeError: yielded str")
    assert errors["twice"].startswith("broken: TypeError: yielded row ")


@pytest.mark.parametrize("validator", ["mute", "raising", "wild"])
def test_a_validator_that_breaks_its_interface_is_named(bench: Any, validator: str) -> None:
    said = {
        "mute": "validator 'mute' returned 4 results for 5 rows",
        "raising": "validator 'raising' failed: ZeroDivisionError: by a row",
        "wild": "validator 'wild' gave the score nan",
    }
    error = bench.fails("run", num_samples=5, batch_size=5, validators=[validator])
    assert isinstance(error, PluginError)
    assert error.message == said[validator]
    assert bench.store("run").batch_rows(state="done") == []
    assert bench.store("run").get("ending") is None


def test_a_reward_that_fails_is_named(bench: Any) -> None:
    error = bench.fails("run", num_samples=5, reward="failing")
    assert isinstance(error, PluginError)
    assert error.message == "reward 'failing' failed: ZeroDivisionError: by a batch"


def test_a_run_cut_off_in_its_evaluation_is_evaluated_by_the_same_command(bench: Any) -> None:
    recipe = {"num_samples": 5, "evaluation": "counting"}
    bench.seen.power_is_cut = True
    with pytest.raises(KeyboardInterrupt):
        bench.run("run", **recipe)
    bench.seen.power_is_cut = False
    made = list(bench.seen.made)
    for _ in range(2):  # the second time there is nothing left to do
        results = bench.run("run", **recipe)
        assert [(name, found.metrics) for name, found in results.evaluations()] == [("counting", {"rows": 5})]
    assert bench.seen.made == made


def test_observers_that_fail_become_warnings(bench: Any) -> None:
    said: list[Any] = []

    def started(run: Any) -> None:
        said.append(run["arms"])
        raise ValueError("no start")

    def batch(batch: Any) -> None:
        said.append((batch["idx"], batch["arm"], batch["accepted"], batch["components"]["novel_share"]))
        raise ValueError("no batch")

    def finished(results: Any) -> None:
        said.append(len(results))
        raise ValueError("no end")

    observers = {
        "datagen_run_started": started, "datagen_batch_finished": batch, "datagen_run_finished": finished,
    }  # fmt: skip
    results = bench.run("run", bench.host(**observers), num_samples=7, batch_size=5)
    assert (results.status, said) == ("complete", [["toy"], (0, "toy", 5, 1.0), (1, "toy", 2, 1.0), 7])
    hooks = [f"watcher: {hook}: ValueError: {why}" for hook, why in zip(
        ["datagen_run_started", *["datagen_batch_finished"] * 2, "datagen_run_finished"],
        ["no start", "no batch", "no batch", "no end"],
        strict=True,
    )]  # fmt: skip
    assert results.warnings == hooks


def test_a_run_cut_off_after_an_earlier_ending_counts_as_unfinished(bench: Any) -> None:
    recipe = {"num_samples": 50, "batch_size": 5}
    assert bench.run("run", **recipe, budget={"max_batches": 2}).status == "budget"

    def crash(progress: Any) -> None:
        if progress.batches == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.carry_on("run", bench.job(recipe), crash)
    store = bench.store("run")
    assert (store.get("ending"), len(store.batch_rows(state="done"))) == (None, 3)
    assert bench.run("run", **recipe).status == "complete"
