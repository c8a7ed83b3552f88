"""The run store: whole batches or nothing, lineage, look-ups, and text of every kind."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from datagen_core.errors import RunError
from datagen_core.inputs import Inputs, Seed
from datagen_core.sample import Rejection, Sample, Trace, Verdict
from datagen_core.store.pool import StoredPool
from datagen_core.store.reading import RunReader
from datagen_core.store.run_store import RunStore, StoredRow

SEEDS = Inputs(seeds=(Seed(id="seed1", text="one", label="a"), Seed(id="seed2", text="two")))
RESULT = {"commit_order": 0, "generated": 1, "accepted": 1, "rejected": 0, "surplus": 0}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    made = RunStore(tmp_path / "run.db")
    yield made
    made.close()


def sample(identity: str, text: str = "", *, label: str | None = None, parents: Sequence[str] = ()) -> Sample:
    return Sample(id=identity, response=text or identity, label=label, trace=Trace(parents=tuple(parents)))


def accepted(sequence: int, text: str = "", label: str | None = None, **more: Any) -> StoredRow:
    row = sample(f"r{sequence}", text, label=label, **more)
    return StoredRow(sample=row, status="accepted", sequence=sequence, content_hash=row.content_hash)


def rejected(identity: str, validator: str, reason: str, **measured: Any) -> StoredRow:
    verdict = Verdict(passed=False, validator=validator, reason=reason, **measured)
    return StoredRow(
        sample=sample(identity, f"text of {identity}"),
        status="rejected",
        verdicts=(verdict,),
        validator=validator,
        reason=reason,
    )


def decide(store: RunStore, index: int) -> None:
    cells = '[["a",2],[null,1]]'
    batch = {"idx": index, "decision_id": f"d{index}", "arm": "arm", "n": 3, "cells": cells, "base": 0}
    store.decided(
        {**batch, "offered": '["arm"]', "propensity": 0.5, "reason": "why", "details": "{}", "outlook": "{}"},
        {"decided": index},
    )


def commit(store: RunStore, index: int, rows: Sequence[StoredRow], **result: Any) -> None:
    decide(store, index)
    store.committed(index, rows, {**RESULT, **result}, {"committed": index}, SEEDS)


def everything(store: RunStore) -> dict[str, list[tuple[Any, ...]]]:
    with sqlite3.connect(store.file) as connection:
        tables = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


@pytest.mark.parametrize(
    ("rows", "state", "error"),
    [
        ([accepted(0), accepted(0)], {}, sa.exc.IntegrityError),  # the second row's id is taken
        ([accepted(0, parents=["seed1"])], {"router": object()}, TypeError),  # the last thing written
    ],
)
def test_a_commit_that_fails_inside_leaves_nothing(
    store: RunStore, rows: list[StoredRow], state: dict[str, Any], error: type[Exception]
) -> None:
    decide(store, 0)
    before = everything(store)
    with pytest.raises(error):
        store.committed(0, rows, RESULT, state, SEEDS)
    assert everything(store) == before
    store.committed(0, [accepted(0)], RESULT, {}, SEEDS)  # and the store can be used as before
    assert [r["state"] for r in store.batch_rows()] == ["done"]


def test_a_decision_is_kept_with_the_routers_state_and_a_commit_completes_it(store: RunStore) -> None:
    decide(store, 0)
    (planned,) = store.batch_rows(state="planned")
    assert (planned["arm"], planned["cells"], planned["offered"]) == ("arm", [["a", 2], [None, 1]], ["arm"])
    assert planned["committed_at"] is None
    assert store.get("router_state") == {"decided": 0}
    store.committed(0, [accepted(0)], {**RESULT, "reward": 1 / 3}, {"committed": 0}, SEEDS)
    assert store.batch_rows(state="planned") == []
    (done,) = store.batch_rows(state="done")
    assert (done["accepted"], done["reward"]) == (1, 1 / 3)
    assert store.get("router_state") == {"committed": 0}
    assert [(e["kind"], e["batch"]) for e in store.event_rows()] == [("decided", 0), ("committed", 0)]


def test_lineage_of_a_diamond_names_each_relative_once_nearest_first(store: RunStore) -> None:
    rows = [sample("top"), sample("left", parents=["top"]), sample("right", parents=["top"])]
    rows.append(sample("bottom", parents=["left", "right", "top"]))
    commit(store, 0, [StoredRow(sample=row, status="intermediate") for row in rows])
    assert store.lineage("bottom") == ["left", "right", "top"]  # top is a parent itself: distance 1
    assert store.lineage("top", "descendants") == ["bottom", "left", "right"]
    assert store.lineage("left", "descendants") == ["bottom"]
    assert store.lineage("top") == store.lineage("nobody") == []


def test_lineage_of_a_chain_runs_over_batches_back_to_the_seed(store: RunStore) -> None:
    commit(store, 0, [accepted(0, parents=["seed1"])])
    commit(store, 1, [accepted(1, parents=["r0"])], commit_order=1)
    commit(store, 2, [accepted(2, parents=["r1", "seed2", "unheard of"])], commit_order=2)
    assert store.lineage("r2") == ["r1", "seed2", "r0", "seed1"]
    assert store.lineage("seed1", "descendants") == ["r0", "r1", "r2"]
    assert store.lineage("seed2", "descendants") == ["r2"]
    source = store.find("seed1")
    assert source is not None
    assert (source["status"], source["record"]["text"], source["label"]) == ("source", "one", "a")


def test_a_source_used_twice_is_stored_once(store: RunStore) -> None:
    commit(store, 0, [accepted(0, parents=["seed1"]), accepted(1, parents=["seed1", "seed1"])])
    commit(store, 1, [accepted(2, parents=["seed1"])], commit_order=1)
    assert store.counts() == {"accepted": 3, "source": 1}
    assert store.lineage("seed1", "descendants") == ["r0", "r1", "r2"]


def test_lineage_ends_on_a_cycle(store: RunStore) -> None:
    rows = [sample("hen", parents=["egg"]), sample("egg", parents=["hen"]), sample("self", parents=["self"])]
    commit(store, 0, [StoredRow(sample=row, status="intermediate") for row in rows])
    assert sorted(store.lineage("hen")) == ["egg", "hen"]
    assert store.lineage("self") == ["self"]


def test_a_row_is_found_by_its_id_or_by_a_beginning_that_only_it_has(store: RunStore) -> None:
    names = ["abcd", "abce", "b", "b1", "b2", "u_1", "ux1"]
    commit(store, 0, [StoredRow(sample=sample(name), status="intermediate") for name in names])

    def found(identity: str) -> str | None:
        row = store.find(identity)
        return None if row is None else str(row["id"])

    assert [found(i) for i in ("abcd", "abc", "a", "x")] == ["abcd", None, None, None]
    assert found("b") == "b"  # whole, though others begin with it
    assert [found("u_1"), found("u_"), found("ux")] == ["u_1", "u_1", "ux1"]
    assert [found("%"), found("b%"), found("abc_"), found("")] == [None] * 4


def test_a_found_row_comes_with_its_verdicts(store: RunStore) -> None:
    commit(store, 0, [rejected("bad", "rules", "too_short", measured=3, threshold="5 words", score=0.5)])
    row = store.find("bad")
    assert row is not None
    assert (row["status"], row["validator"], row["reason"]) == ("rejected", "rules", "too_short")
    (verdict,) = row["verdicts"]
    assert (verdict["passed"], verdict["score"]) == (False, 0.5)
    assert (verdict["measured"], verdict["threshold"]) == (3, "5 words")


def test_rejection_reasons_are_counted_with_an_example_most_frequent_first(store: RunStore) -> None:
    own = Rejection(id="own", reason="no_seed", text="what it was", measured="x", threshold=2)
    rows = [
        rejected("r1", "rules", "short", measured=1, threshold=5),
        rejected("r2", "rules", "short", measured=2, threshold=5),
        rejected("r3", "dedup", "short"),
        StoredRow(sample=own, status="rejected", validator="arm", reason="no_seed"),
    ]
    commit(store, 0, [*rows, accepted(0)])
    found = [(r["n"], r["validator"], r["reason"], r["id"]) for r in store.rejection_reasons()]
    assert found[0] == (2, "rules", "short", "r1")
    assert set(found[1:]) == {(1, "dedup", "short", "r3"), (1, "arm", "no_seed", "own")}
    by_id = {r["id"]: r for r in store.rejection_reasons()}
    assert [by_id["r1"][k] for k in ("text", "measured", "threshold")] == ["text of r1", 1, 5]
    assert [by_id["own"][k] for k in ("text", "measured", "threshold")] == ["what it was", "x", 2]
    assert [by_id["r3"][k] for k in ("measured", "threshold")] == [None, None]


def test_known_hashes_are_those_of_accepted_and_surplus_rows(store: RunStore) -> None:
    rows = [accepted(0), StoredRow(sample=sample("s"), status="surplus", content_hash=-5)]
    rows.append(StoredRow(sample=sample("i"), status="intermediate", content_hash=7))
    commit(store, 0, rows)
    own = rows[0].content_hash
    assert own is not None
    assert store.known_hashes([own, -5, 7, 8]) == {own, -5}
    assert store.known_hashes([]) == set()
    assert store.known_hashes([*range(10, 1500), own]) == {own}  # more than one list of bound values


def test_known_hashes_are_found_by_their_index_however_many_rows_there_are(store: RunStore) -> None:
    asked: list[tuple[str, Any]] = []
    sa.event.listen(store._reader, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    store.known_hashes([1, 2])
    statement, values = next(one for one in asked if "content_hash" in one[0])
    with closing(sqlite3.connect(store.file)) as connection:
        plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert plan == ["SEARCH samples USING INDEX ix_samples_content_hash (content_hash=?)"]


def test_the_pool_is_seen_as_of_a_sequence(store: RunStore) -> None:
    commit(store, 0, [accepted(i, f"text {i}", "ab"[i % 2]) for i in range(4)])
    commit(store, 1, [accepted(i, f"text {i}", "ab"[i % 2]) for i in range(4, 6)], commit_order=1)
    pool = StoredPool(store, 4)
    assert len(pool) == 4
    assert pool.texts() == ["text 0", "text 1", "text 2", "text 3"]
    assert pool.texts(label="b") == ["text 1", "text 3"]
    assert pool.texts(label="b", limit=1) == ["text 1"]
    assert pool.texts(label="c") == []
    rng = random.Random(0)
    assert sorted(s.id for s in pool.draw(10, rng)) == ["r0", "r1", "r2", "r3"]
    assert sorted(s.id for s in pool.draw(10, rng, label="a")) == ["r0", "r2"]
    assert [s.id for s in pool.draw(2, random.Random(1))] == [s.id for s in pool.draw(2, random.Random(1))]
    drawn = {s.id for _ in range(50) for s in pool.draw(1, rng)}
    assert drawn == {"r0", "r1", "r2", "r3"}
    assert list(StoredPool(store, 0).draw(3, rng)) == StoredPool(store, 0).texts() == []


@pytest.mark.parametrize(
    "text",
    ["half a pair \ud83d here", "\U0001f600 e\u0301 \u202e", "NUL \0 inside", "x" * 1_000_000, '"\n\r\t\\'],
    ids=["surrogate", "emoji", "nul", "megabyte", "escapes"],
)
def test_text_of_every_kind_survives_wherever_it_stands(store: RunStore, text: str) -> None:
    row = Sample(id="r", response=text, label=text, fields={text: [text]})
    verdict = Verdict(passed=True, validator="v", evidence=text, measured=text, reason=text)
    refused = Rejection(id="refused", reason=text, text=text, rule=text)
    rows = [
        StoredRow(sample=row, status="accepted", sequence=0, verdicts=(verdict,)),
        StoredRow(sample=refused, status="rejected", validator="arm", reason=text),
    ]
    commit(store, 0, rows, error=text)
    assert [Sample.from_json(record) for record in store.records()] == [row]
    assert next(store.records("rejected"))["text"] == text
    (said,) = store.find("r")["verdicts"]  # type: ignore[index]
    assert said["measured"] == text
    assert store.rejection_reasons()[0]["text"] == text
    shown = text.replace("\ud83d", "\\ud83d")  # beside the record, what no encoding has stands escaped
    assert (said["evidence"], store.batch_rows()[0]["error"]) == (shown, shown)
    assert store.label_counts() == {shown: 1}


def test_a_reader_beside_the_writer_sees_whole_batches_only(store: RunStore) -> None:
    reader = RunReader(store.file)
    seen: list[tuple[int, int]] = []
    stopped = threading.Event()

    def read() -> None:
        while not stopped.is_set():
            with sqlite3.connect(store.file) as connection:  # both counts in one snapshot
                connection.execute("BEGIN")
                done = connection.execute("SELECT count(*) FROM batches WHERE state = 'done'").fetchone()[0]
                rows = connection.execute("SELECT count(*) FROM samples").fetchone()[0]
            seen.append((done, rows))
            assert reader.counts().get("accepted", 0) % 7 == 0

    watcher = threading.Thread(target=read)
    watcher.start()
    for index in range(30):
        rows = [accepted(index * 7 + i) for i in range(7)]
        commit(store, index, rows, commit_order=index)
    while not seen or seen[-1][0] < 30:
        assert watcher.is_alive()
    stopped.set()
    watcher.join()
    reader.close()
    assert all(rows == done * 7 for done, rows in seen)


def test_a_bigger_target_promotes_and_refuses_surplus_rows_at_once(store: RunStore) -> None:
    rows = [accepted(0), *(StoredRow(sample=sample(f"s{i}"), status="surplus") for i in range(3))]
    commit(store, 0, rows)
    verdict = Verdict(passed=False, validator="dedup", reason="near", measured=0.9)
    store.grown({"s0": 1, "s2": 2}, {"s1": verdict}, 3)
    assert [r["id"] for r in store.records()] == ["r0", "s0", "s2"]
    refused = store.find("s1")
    assert refused is not None
    assert (refused["status"], refused["validator"], refused["reason"]) == ("rejected", "dedup", "near")
    assert [v["measured"] for v in refused["verdicts"]] == [0.9]
    assert store.get("num_samples") == 3


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "run.db"
    file.write_text("not a database, but long enough to be taken for one by its size " * 20)
    for opened in (RunReader, RunStore):
        with pytest.raises(RunError, match="can't be used") as caught:
            opened(file)
        assert caught.value.where == str(file)
        assert "--fresh" in str(caught.value.hint)


def test_a_missing_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run in"):
        RunReader(tmp_path / "run.db")
    (tmp_path / "run.db").touch()
    with pytest.raises(RunError):  # an empty file has no tables
        RunReader(tmp_path / "run.db")


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run.db"
    made = RunStore(file)
    made.put({"schema_version": 999})
    made.close()
    for opened in (RunReader, RunStore):
        with pytest.raises(RunError, match="store 999, this reads 2"):
            opened(file)


@pytest.mark.parametrize(("durability", "synchronous"), [("normal", 1), ("full", 2)])
def test_durability_sets_how_a_commit_is_flushed(tmp_path: Path, durability: str, synchronous: int) -> None:
    store = RunStore(tmp_path / "run.db", durability=durability)
    with store._writer.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == synchronous
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    store.close()
