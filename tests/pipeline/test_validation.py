"""Chains, and who judges what when: cheap before dear, batch, pool, and what an arm may see."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.explanation import explain

LOUD = {"name": "loud", "chain": ["mixed", "shout"]}


@pytest.fixture
def seeded(bench: Any) -> dict[str, Any]:
    """Two seeds, for recipes."""
    file = bench.folder / "seeds.jsonl"
    file.write_text('{"text": "one"}\n{"text": "two"}\n', encoding="utf-8")
    return {"seeds": str(file)}


def ids(bench: Any, status: str) -> set[str]:
    return {record["id"] for record in bench.store("run").records(status)}


def test_a_chain_keeps_the_rows_of_its_first_links_and_the_way_back_to_the_seed(
    bench: Any, seeded: dict[str, Any]
) -> None:
    arms = [{"name": "loud", "chain": ["toy", "shout", {"use": "shout", "name": "again"}]}]
    results = bench.run("run", num_samples=3, batch_size=3, arms=arms, **seeded)
    assert results.counts()["intermediate"] == 6
    inputs = {seed.id: seed.text for seed in bench.job({"arms": arms, **seeded}).inputs.seeds}
    for sample in results:
        assert sample.response.endswith("!!")
        once, first, seed = results.store.lineage(sample.id)
        assert results.store.find(once)["record"]["response"] == sample.response[:-1]  # type: ignore[index]
        assert results.store.find(first)["record"]["response"] == sample.response[:-2]  # type: ignore[index]
        assert results.store.find(seed)["record"]["text"] == inputs[seed]  # type: ignore[index]
        assert results.store.lineage(first, "descendants") == [once, sample.id]
        assert sample.id in results.store.lineage(seed, "descendants")
        assert [step.name for step in sample.trace.processing_steps] == ["toy", "shout", "shout"]
        told = explain(results, sample.id[:12])
        assert told is not None
        assert [row["status"] for row in told["ancestors"]] == ["intermediate", "intermediate", "source"]


def test_rows_of_earlier_links_are_no_candidates_and_no_surplus(bench: Any) -> None:
    results = bench.run("run", num_samples=2, batch_size=4, arms=[LOUD])
    assert results.counts() == {
        "generated": 4, "accepted": 2, "rejected": 0, "surplus": 2, "intermediate": 4,
    }  # fmt: skip
    assert all(sample.response.endswith("!") for sample in results)


def test_cheap_validators_and_those_of_the_gate_run_between_links(bench: Any) -> None:
    recipe = {"num_samples": 2, "batch_size": 4, "validators": ["honest", "oracle"]}
    results = bench.run("run", **recipe, arms=[{**LOUD, "gate": ["oracle"]}])
    reasons = {(r["validator"], r["reason"]): r["n"] for r in results.rejections()}
    assert reasons == {("honest", "a_lie"): 1, ("oracle", "doubtful"): 1}
    assert set(bench.seen.parents) == ids(bench, "intermediate")
    assert [s.response.split()[0] for s in results] == ["fine", "named"]
    assert all(s.response.endswith("!") for s in results)
    assert results.counts()["generated"] == 4  # two of them refused before the last link
    assert len(bench.seen.dear) == 3 + 2  # without the lie; then what came out


def test_without_a_gate_no_dear_validator_runs_between_links(bench: Any) -> None:
    results = bench.run("run", num_samples=2, batch_size=4, arms=[LOUD], validators=["honest", "oracle"])
    assert len(bench.seen.parents) == 3
    assert set(bench.seen.dear).isdisjoint(ids(bench, "intermediate"))
    assert len(results) == 2


def test_a_link_isnt_called_when_the_one_before_it_left_nothing(bench: Any) -> None:
    arms = ["toy", {"name": "silent", "chain": ["liar", "toy"]}]
    results = bench.run("run", num_samples=20, batch_size=4, arms=arms, validators=["honest"])
    silent = [row for row in results.store.batch_rows() if row["arm"] == "silent"]
    assert silent
    assert all((row["generated"], row["rejected"], row["reward"]) == (4, 4, 0.0) for row in silent)


def test_rows_that_a_failing_link_left_behind_are_kept_but_not_taken_for_finished(bench: Any) -> None:
    crashing = {"use": "crashing", "with": {"fail_after": 2}}
    arms = ["toy", {"name": "half", "chain": [crashing, "shout"]}]
    results = bench.run("run", num_samples=20, batch_size=4, arms=arms)
    half = [row for row in results.store.batch_rows() if row["arm"] == "half"]
    assert [(row["generated"], row["reward"]) for row in half] == [(0, None)] * 3
    assert results.counts()["intermediate"] == 3 * 2
    assert {sample.metadata.arm for sample in results} == {"toy"}
    assert bench.seen.parents == []


def test_rows_beyond_what_was_asked_for_are_rejected_by_reason(bench: Any) -> None:
    results = bench.run("run", num_samples=8, batch_size=4, arms=["overeager"])
    assert [(r["validator"], r["reason"], r["n"]) for r in results.rejections()] == [
        ("overeager", "more_than_asked", 4)
    ]
    assert len(results) == 8
    assert all(row["components"]["novel_share"] == 1.0 for row in results.store.batch_rows())


def test_a_dear_validator_sees_only_what_the_cheap_ones_and_the_first_look_let_through(bench: Any) -> None:
    bench.run(
        "run",
        num_samples=12,
        batch_size=4,
        arms=["dupes", "mixed"],
        router="uniform",
        validators=["oracle", "unique", "honest"],  # given in no order: they run by their cost
    )
    store = bench.store("run")
    shown = set(bench.seen.dear)
    assert len(shown) == len(bench.seen.dear)
    refused = {"honest": set[str](), "unique": set[str](), "oracle": set[str]()}
    for record in store.records("rejected"):
        refused[record["rejected_by"]].add(record["id"])
    assert all(refused.values())
    assert shown.isdisjoint(refused["honest"] | refused["unique"])
    assert shown == ids(bench, "accepted") | ids(bench, "surplus") | refused["oracle"]


def test_the_first_look_is_as_of_planning_and_the_last_as_of_the_commit(bench: Any) -> None:
    """Two batches planned at once make the same rows: dear work is done for both, one of them is kept."""
    results = bench.run(
        "run", num_samples=8, batch_size=4, window=2, arms=["dupes"], validators=["unique", "oracle"]
    )
    rows = {row["id"]: row for row in results.store.records("rejected")}
    second = [row for row in rows.values() if results.store.find(row["id"])["batch"] == 1]  # type: ignore[index]
    assert len(second) == 4
    assert {row["id"] for row in second} <= set(bench.seen.dear)
    later = set(rows) - {row["id"] for row in second}
    assert later
    assert later.isdisjoint(bench.seen.dear)  # planned after the first commit: known before dear work
    verdicts = results.store.find(second[0]["id"])["verdicts"]  # type: ignore[index]
    assert [(v["validator"], v["passed"]) for v in verdicts] == [("oracle", True), ("unique", False)]


def test_a_row_shows_each_cheap_rule_that_it_breaks_and_the_first_rejects_it(bench: Any) -> None:
    twice = ["honest", {"use": "honest", "name": "honest too"}]
    results = bench.run("run", num_samples=4, batch_size=4, arms=["mixed"], validators=twice)
    (reason,) = results.rejections()
    assert (reason["validator"], reason["reason"]) == ("honest", "a_lie")
    found = results.store.find(reason["id"])
    assert found is not None
    assert [(v["validator"], v["passed"]) for v in found["verdicts"]] == [
        ("honest", False), ("honest too", False),
    ]  # fmt: skip


def test_a_batch_validator_lowers_quality_and_rejects_only_the_rows_it_names(bench: Any) -> None:
    results = bench.run("run", num_samples=3, batch_size=4, arms=["mixed"], validators=["whole"])
    (first,) = results.store.batch_rows()
    assert (first["accepted"], first["rejected"], first["surplus"]) == (3, 1, 0)
    assert (first["quality"], first["reward"]) == (0.5, 3 / 4 * 0.5)
    (reason,) = results.rejections()
    assert (reason["validator"], reason["reason"], reason["text"].split()[0]) == ("whole", "named", "named")
    assert [sample.metadata.quality_score for sample in results] == [None] * 3  # no validator graded the rows


def test_quality_is_the_mean_of_the_scores_given(bench: Any) -> None:
    arms = [{"use": "graded", "with": {"pattern": "ab"}}]
    results = bench.run("run", num_samples=2, batch_size=2, arms=arms, validators=["grader", "oracle"])
    assert [s.metadata.quality_score for s in results] == [0.75, 0.25]  # (1.0 + 0.5) / 2, (0.0 + 0.5) / 2
    (row,) = results.store.batch_rows()
    assert (row["quality"], row["reward"]) == (0.5, 0.5)


@pytest.mark.parametrize("order", ["strict", "arrival"])
@pytest.mark.parametrize("workers", [1, 4])  # one worker: a batch begins long after it was planned
def test_generators_see_the_pool_as_of_planning_never_later_rows(
    bench: Any, order: str, workers: int
) -> None:
    bench.seen.naps = lambda batch: batch * 7 % 11
    pace = {"window": 4, "workers": workers, "order": order}
    results = bench.run("run", num_samples=60, batch_size=4, arms=["peeker"], **pace)
    accepted = [sample.response for sample in results]
    rows = results.store.batch_rows()
    assert len(bench.seen.pools) == len(rows)
    for row in rows:
        size, texts = bench.seen.pools[row["idx"]]
        assert size == row["base"]
        assert list(texts) == accepted[:size]
    assert [row["base"] for row in rows[:4]] == [0] * 4  # all planned before the first commit
    if order == "strict":
        committed = [0, *(sum(r["accepted"] for r in rows[: i + 1]) for i in range(len(rows)))]
        assert [row["base"] for row in rows[4:12]] == committed[1:9]


def test_the_validators_of_a_job_start_anew_in_each_run(bench: Any) -> None:
    job = bench.job({"num_samples": 4, "batch_size": 4, "arms": ["dupes"], "validators": ["unique"]})
    texts = [[s.response for s in bench.carry_on(name, job)] for name in ("one", "two")]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 4
