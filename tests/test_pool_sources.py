"""What a batch sees of the rows made from each source: accepted ones, and all that its arm tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from datagen_core.generator import NoPool
from datagen_core.inputs import Inputs, Seed
from datagen_core.sample import Rejection, Sample, Trace
from datagen_core.store.pool import StoredPool
from datagen_core.store.run_store import RunStore, StoredRow

CHUNKS = Inputs(chunks=(Seed(id="c1", text="one"), Seed(id="c2", text="two")))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    made = RunStore(tmp_path / "run.db")
    yield made
    made.close()


def row(identity: str, parent: str, status: str = "accepted", sequence: int | None = None) -> StoredRow:
    sample = Sample(id=identity, input=f"{identity}?", response="yes", trace=Trace(parents=(parent,)))
    return StoredRow(
        sample=sample, status=status, sequence=sequence, reason="bad" if sequence is None else None
    )


def decide(store: RunStore, index: int, arm: str = "arm") -> None:
    batch = {"idx": index, "decision_id": f"d{index}", "arm": arm, "n": 3, "cells": "[]", "base": 0}
    store.decided(
        {**batch, "offered": "[]", "propensity": 1.0, "reason": "why", "details": "{}", "outlook": "{}"}, {}
    )


def commit(store: RunStore, index: int, rows: Sequence[StoredRow], order: int) -> None:
    store.committed(index, rows, {"commit_order": order}, {}, CHUNKS)


def test_a_chunk_is_a_source_that_lineage_knows() -> None:
    assert CHUNKS.source("c2") is CHUNKS.chunks[1]


def test_accepted_rows_are_counted_by_chunk_as_of_the_sequence(store: RunStore) -> None:
    decide(store, 0)
    refused = [row("x", "c1", "rejected"), row("y", "c1", "surplus")]
    commit(
        store,
        0,
        [*(row(f"r{i}", "c1", sequence=i) for i in range(2)), row("r2", "c2", sequence=2), *refused],
        0,
    )
    assert StoredPool(store, 3, 1).sources() == {"c1": 2, "c2": 1}
    assert StoredPool(store, 1, 1).sources() == {"c1": 1}
    assert StoredPool(store, 0, 0).sources() == {}


def test_rows_of_a_later_link_count_for_the_chunk_that_they_go_back_to(store: RunStore) -> None:
    decide(store, 0)
    rows = [
        row("first", "c1", "intermediate"),
        row("second", "first", "intermediate"),
        row("third", "second", sequence=0),
    ]
    commit(store, 0, rows, 0)
    decide(store, 1)
    pool = StoredPool(store, 1, 1)
    assert pool.sources() == {"c1": 1}
    assert pool.tried("arm") == {"c1": 1}  # the first link's row
    assert pool.tried_inputs("arm", "c1") == {"first?"}


def test_a_batch_sees_what_its_arm_tried_in_batches_committed_before_it_was_decided(store: RunStore) -> None:
    for index in (0, 1):
        decide(store, index)
    decide(store, 2, "other")
    commit(store, 1, [row("b", "c1", "rejected"), row("r0", "c2", sequence=0)], 0)
    decide(store, 3)
    commit(store, 2, [row("o", "c1", "rejected")], 1)
    commit(store, 0, [row("a", "c1", "rejected"), row("s", "c2", "surplus")], 2)
    decide(store, 4)
    assert StoredPool(store, 0, 1).tried("arm") == {}
    assert StoredPool(store, 1, 3).tried("arm") == {"c1": 1, "c2": 1}  # batch 0 was still in flight
    assert StoredPool(store, 1, 3).tried_inputs("arm", "c1") == {"b?"}
    assert StoredPool(store, 1, 4).tried("arm") == {"c1": 2, "c2": 2}
    assert StoredPool(store, 1, 4).tried_inputs("arm", "c2") == {"r0?", "s?"}
    assert StoredPool(store, 1, 4).tried("other") == {"c1": 1}


def test_rejections_without_a_row_have_no_input(store: RunStore) -> None:
    decide(store, 0)
    refused = Rejection(id="x", reason="no_idea", trace=Trace(parents=("c1",)))
    commit(store, 0, [StoredRow(sample=refused, status="rejected", reason="no_idea")], 0)
    decide(store, 1)
    assert StoredPool(store, 0, 1).tried_inputs("arm", "c1") == {""}


def test_before_anything_was_accepted_there_is_nothing() -> None:
    pool = NoPool()
    assert (dict(pool.sources()), dict(pool.tried("arm")), pool.tried_inputs("arm", "c1")) == (
        {},
        {},
        frozenset(),
    )
