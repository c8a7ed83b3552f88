"""What becomes of each row: accepted, rejected or surplus, by label, over growth, and what it is worth."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datagen_core.coverage import exact_shares
from datagen_core.errors import RunError

NAMES = itertools.count()
ARMS: list[Any] = [
    *("toy", "dupes", "liar", "mixed", "stranger", "refuser", "overeager", "peeker"),
    {"name": "crashing at once", "use": "crashing"},
    {"name": "crashing late", "use": "crashing", "with": {"fail_after": 3}},
    {"name": "loud", "chain": ["mixed", "shout"]},
    {"name": "for a", "use": "toy", "with": {"labels": ["a"]}},
]
RECIPES = st.fixed_dictionaries(
    {
        "num_samples": st.integers(1, 40),
        "batch_size": st.integers(1, 12),
        "window": st.integers(1, 6),
        "order": st.sampled_from(["strict", "arrival"]),
        "labels": st.dictionaries(st.sampled_from("abc"), st.sampled_from([1, 2, 5]), max_size=3),
        "balance": st.booleans(),
        "arms": st.lists(st.sampled_from(ARMS), min_size=1, max_size=4, unique_by=str),
        "validators": st.lists(st.sampled_from(["honest", "oracle", "whole", "unique"]), unique=True),
        "router": st.sampled_from(["epsilon-greedy", "uniform"]),
        "seed": st.integers(0, 5),
    }
)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recipe=RECIPES, turns=st.integers(0, 40))
def test_every_row_that_was_made_is_accepted_rejected_surplus_or_intermediate(
    bench: Any, recipe: dict[str, Any], turns: int
) -> None:
    bench.forget()
    bench.seen.naps = lambda batch: batch * turns % 17
    name = f"run{next(NAMES)}"
    try:
        results = bench.run(name, **recipe, budget={"max_batches": 25})
        counts = results.counts()
    except RunError:  # nothing accepted, or every arm failed: the store holds what came all the same
        counts = Counter(bench.store(name).counts())
        counts["generated"] = sum(counts[status] for status in ("accepted", "rejected", "surplus"))
    store = bench.store(name)
    rows = {s: list(store.records(s)) for s in ("accepted", "rejected", "surplus", "intermediate")}
    assert {status: len(some) for status, some in rows.items()} == {s: counts[s] for s in rows}
    assert counts["generated"] == counts["accepted"] + counts["rejected"] + counts["surplus"]
    assert sorted(r["id"] for some in rows.values() for r in some) == sorted(bench.seen.made)

    done = store.batch_rows(state="done")
    for status in ("generated", "accepted", "rejected", "surplus"):
        assert sum(row[status] for row in done) == counts[status]
    assert all(sum(n for _, n in row["cells"]) == row["n"] <= recipe["batch_size"] for row in done)
    assert all((row["reward"] is None) == (row["error"] is not None) for row in done)
    assert counts["accepted"] <= recipe["num_samples"]
    if recipe["labels"] and recipe["balance"]:
        targets = exact_shares(recipe["num_samples"], recipe["labels"])
        assert all(n <= targets[str(label)] for label, n in store.label_counts().items())
    assert all(row["reason"] and row["rejected_by"] for row in rows["rejected"])
    assert [row["id"] for row in lines(bench.folder / name / "data.jsonl")] == [
        row["id"] for row in rows["accepted"]
    ]
    assert len(lines(bench.folder / name / "rejected.jsonl")) == counts["rejected"]
    assert [store.find(r["id"])["sequence"] for r in rows["accepted"]] == list(range(counts["accepted"]))


@pytest.mark.parametrize("window", [1, 5])
def test_quotas_of_labels_are_met_exactly(bench: Any, window: int) -> None:
    labels = {"a": 5, "b": 1, "c": 1}
    results = bench.run("run", num_samples=40, labels=labels, window=window, arms=["toy", "mixed"])
    assert Counter(s.label for s in results) == {"a": 28, "b": 6, "c": 6}  # 28.57, 5.71, 5.71
    assert results.status == "complete"


def test_without_balance_labels_only_steer_what_is_asked_for(bench: Any) -> None:
    results = bench.run("run", num_samples=20, labels=["a", "b"], balance=False, arms=["stranger"])
    assert Counter(s.label for s in results) == {"unheard": 20}


def test_a_label_that_the_recipe_doesnt_name_is_rejected_by_reason(bench: Any) -> None:
    results = bench.run("run", num_samples=6, labels=["a", "b"], arms=["toy", "stranger"], batch_size=4)
    (reason,) = results.rejections()
    assert (reason["validator"], reason["reason"]) == ("labels", "label_not_wanted")
    assert (reason["measured"], reason["threshold"]) == ("unheard", "a, b")
    assert reason["n"] == sum(s.startswith("strange") for s in texts(bench, "run", "rejected")) > 0


def texts(bench: Any, name: str, status: str) -> list[str]:
    return [record["response"] for record in bench.store(name).records(status)]


def test_rows_beyond_the_target_are_kept_as_surplus(bench: Any) -> None:
    results = bench.run("run", num_samples=3, batch_size=5)  # unseen, an arm is expected to yield half
    assert results.counts() == {
        "generated": 5, "accepted": 3, "rejected": 0, "surplus": 2, "intermediate": 0,
    }  # fmt: skip


def test_a_finished_run_changes_nothing(bench: Any) -> None:
    bench.run("run", num_samples=3, batch_size=5)
    before = (bench.snapshot("run"), bench.store("run").event_rows(), list(bench.seen.made))
    assert bench.run("run", num_samples=3, batch_size=5).status == "complete"
    assert (bench.snapshot("run"), bench.store("run").event_rows(), bench.seen.made) == before


def test_a_bigger_target_takes_the_surplus_first(bench: Any) -> None:
    recipe = {"batch_size": 5, "labels": ["a", "b"], "window": 2}
    bench.run("run", num_samples=3, **recipe)
    surplus = [r["id"] for r in bench.store("run").records("surplus")]
    made = list(bench.seen.made)
    assert len(surplus) == len(made) - 3 >= 2
    grown = bench.run("run", num_samples=5, **recipe)
    assert bench.seen.made == made  # nothing new
    assert {s.id for s in grown} <= set(made)
    assert Counter(s.label for s in grown) == {"a": 3, "b": 2}
    assert (grown.status, len(grown), grown.counts()["generated"]) == ("complete", 5, len(made))
    (event,) = [e["payload"] for e in grown.store.event_rows() if e["kind"] == "grown"][1:]
    assert event == {"num_samples": 5, "promoted": 2, "refused": 0}
    more = bench.run("run", num_samples=20, **recipe)
    assert set(surplus) <= {s.id for s in more}
    assert (more.status, len(more)) == ("complete", 20)


def test_promoted_rows_are_judged_again_against_the_pool(bench: Any) -> None:
    recipe = {"batch_size": 4, "window": 2, "arms": ["dupes", "toy"], "validators": ["unique"]}
    bench.run("run", num_samples=2, **recipe)  # rows 0 and 1 of the dupes; surplus: rows 2 and 3, four toys
    assert texts(bench, "run", "accepted") == ["again None 0", "again None 1"]
    assert texts(bench, "run", "surplus")[:2] == ["again None 2", "again None 3"]
    store = bench.folder / "run"
    twin = bench.store("run")
    surplus = list(twin.records("surplus"))
    swapped = json.dumps({**record_of(surplus[1]), "response": "again None 0"})
    edit(store / "run.db", "UPDATE samples SET record = ? WHERE id = ?", swapped, surplus[1]["id"])
    grown = bench.run("run", num_samples=6, **recipe)
    assert [s.response for s in grown][:3] == ["again None 0", "again None 1", "again None 2"]
    refused = grown.store.find(surplus[1]["id"])
    assert refused is not None
    assert (refused["status"], refused["validator"], refused["reason"]) == ("rejected", "unique", "twice")
    assert refused["verdicts"][-1]["measured"] == 0
    assert len({s.response for s in grown}) == 6


def record_of(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "created_at"}


def edit(file: Path, statement: str, *values: Any) -> None:
    import sqlite3

    with sqlite3.connect(file) as connection:
        connection.execute(statement, values)
    connection.close()


def test_a_target_that_shrinks_is_refused(bench: Any) -> None:
    bench.run("run", num_samples=5)
    assert "asked for 5 rows, now for 4" in bench.fails("run", num_samples=4).message


def test_what_decides_rows_may_not_change_within_a_run(bench: Any) -> None:
    bench.run("run", num_samples=5, seed=1)
    assert "seed: 1 → 2" in bench.fails("run", num_samples=5, seed=2).message


def test_copies_raise_neither_the_novel_count_nor_the_reward(bench: Any) -> None:
    results = bench.run("run", num_samples=12, batch_size=4, arms=["dupes"], window=1)
    rewards = [row["reward"] for row in results.store.batch_rows()]
    assert rewards[:2] == [1.0, 0.0]  # four rows are new once, and never again
    assert set(rewards[1:]) == {0.0}
    shares = [row["components"]["novel_share"] for row in results.store.batch_rows()]
    assert shares == rewards
    assert len(results) == 12  # the recipe has no validator that minds


@pytest.mark.parametrize("pattern", ["ab", "aab", "aaab", "abb", "a", "ba", "baa"])
def test_no_copy_of_a_good_row_is_worth_more_than_the_row(bench: Any, pattern: str) -> None:
    """Row a has the score 1.0, row b 0.0: whatever is copied or left out, a batch of 4 is worth at most 1/4."""
    arms = [{"use": "graded", "with": {"pattern": pattern}}]
    results = bench.run("run", num_samples=4, batch_size=4, arms=arms, validators=["grader"])
    assert results.store.batch_rows()[0]["reward"] == 0.25


def test_a_failed_batch_isnt_judged_but_its_rows_count(bench: Any) -> None:
    arms = ["toy", {"use": "crashing", "with": {"fail_after": 2}}]
    results = bench.run("run", num_samples=20, batch_size=5, arms=arms)
    failed = [row for row in results.store.batch_rows() if row["arm"] == "crashing"]
    assert [(row["reward"], row["accepted"]) for row in failed] == [(None, 2)] * 3
    assert all("crashing: ValueError: out of ideas" in row["error"] for row in failed)
    assert results.store.get("router_state")["pulls"].keys() == {"toy"}
