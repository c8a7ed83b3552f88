"""Splits go by source: rows made from the same seed, through however many links, never lie in two parts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.errors import UsageError
from datagen_core.inputs import Inputs, Seed
from datagen_core.results import Results
from datagen_core.sample import Sample, Trace
from datagen_core.splitting import counts_by, groups_by, split
from datagen_core.store.run_store import RunStore, StoredRow


def row(identity: str, *parents: str) -> Sample:
    return Sample(id=identity, response=identity, trace=Trace(parents=parents))


def families(sizes: list[int]) -> list[Sample]:
    """Rows of as many seeds as there are sizes."""
    return [row(f"r{at}.{k}", f"seed{at}") for at, size in enumerate(sizes) for k in range(size)]


def ids(parts: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [sample.id for sample in part] for name, part in parts.items()}


def test_rows_of_one_seed_stay_together() -> None:
    rows = families([3] * 10)
    parts = split(rows, {"train": 0.8, "test": 0.2})
    assert {name: len(part) for name, part in parts.items()} == {"train": 24, "test": 6}
    seeds = {name: {sample.trace.parent_id for sample in part} for name, part in parts.items()}
    assert not seeds["train"] & seeds["test"]


def test_parts_keep_the_order_and_lose_nothing() -> None:
    rows = families([2] * 8)
    parts = split(rows, {"train": 3, "dev": 1, "test": 1}, seed=5)
    for part in parts.values():
        assert part == [sample for sample in rows if sample in part]
    assert Counter(s.id for part in parts.values() for s in part) == Counter(s.id for s in rows)


def test_the_seed_decides_which_groups_go_where() -> None:
    rows = families([1] * 40)
    first, again, other = (split(rows, seed=seed) for seed in (1, 1, 2))
    assert ids(first) == ids(again) != ids(other)
    assert [len(part) for part in other.values()] == [36, 4]


def test_two_parents_connect_their_families() -> None:
    rows = [row("a", "s1"), row("b", "s2"), row("c", "s1", "s2"), row("d", "s3")]
    assert sorted(ids(split(rows, {"x": 3, "y": 1})).values(), key=len) == [["d"], ["a", "b", "c"]]


def test_a_row_and_what_was_made_of_it_stay_together() -> None:
    rows = [row("a"), row("b", "a"), row("c"), row("d", "c")]
    parts = sorted(ids(split(rows, {"x": 1, "y": 1})).values())
    assert parts == [["a", "b"], ["c", "d"]]


def test_families_are_connected_through_rows_that_are_not_there() -> None:
    rows = [row("a", "draft1"), row("b", "draft2"), row("c", "draft3")]
    parents = {"draft1": ["plan"], "plan": ["s1"], "draft2": ["s1"], "draft3": ["s2"], "other": ["s1", "s2"]}
    parts = sorted(ids(split(rows, {"x": 1, "y": 1}, parents=parents)).values())
    assert parts == [["a", "b"], ["c"]]  # `other` is no ancestor of a row: it connects nothing


def test_rows_made_from_nothing_are_groups_of_their_own() -> None:
    assert [len(part) for part in split([row(f"r{i}") for i in range(10)]).values()] == [9, 1]


@pytest.mark.parametrize(("sizes", "test"), [([10, 10, 10], 10), ([30, 1], 1), ([1, 1, 28], 2)])
def test_every_part_gets_something(sizes: list[int], test: int) -> None:
    assert [len(part) for part in split(families(sizes)).values()] == [sum(sizes) - test, test]


def test_large_groups_do_not_spoil_the_shares() -> None:
    parts = split(families([50, *[1] * 50]), {"train": 0.8, "test": 0.2})
    assert {name: len(part) for name, part in parts.items()} == {"train": 80, "test": 20}


def test_a_share_of_nothing_gets_nothing() -> None:
    assert ids(split(families([1, 1]), {"train": 1, "test": 0}))["test"] == []


def test_no_rows_make_empty_parts() -> None:
    assert split([]) == {"train": [], "test": []}


def test_by_row_sources_do_not_count() -> None:
    assert [len(part) for part in split(families([20]), by="row").values()] == [18, 2]


def test_rows_of_one_source_alone_are_refused() -> None:
    with pytest.raises(UsageError, match="20 rows make 1 group") as caught:
        split(families([20]))
    assert 'by="row"' in (caught.value.hint or "")


@pytest.mark.parametrize("shares", [{}, {"train": 0.0}, {"train": 2.0, "test": -1.0}])
def test_shares_that_make_no_sense_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="can't split"):
        split(families([1, 1]), shares)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 14), max_size=3), min_size=1, max_size=25),
    st.integers(0, 3),
    st.sampled_from([{"train": 0.9, "test": 0.1}, {"a": 1.0, "b": 1.0, "c": 1.0}]),
)
def test_no_source_is_ever_in_two_parts(
    parents: list[list[int]], seed: int, shares: dict[str, float]
) -> None:
    rows = [row(f"r{i}", *(f"seed{p}" for p in given)) for i, given in enumerate(parents)]
    try:
        parts = split(rows, shares, seed=seed)
    except UsageError:
        return
    assert all(parts.values()) and sum(map(len, parts.values())) == len(rows)
    sources = [{p for sample in part for p in sample.trace.parents} for part in parts.values()]
    assert sum(map(len, sources)) == len(set().union(*sources))


def test_the_rows_of_a_run_are_split_through_all_links(tmp_path: Path) -> None:
    inputs = Inputs(seeds=tuple(Seed(id=f"s{i}", text=f"seed {i}") for i in range(4)))
    store = RunStore(tmp_path / "run.db")
    batch = {"idx": 0, "decision_id": "d", "arm": "arm", "n": 8, "cells": "[]", "base": 0}
    store.decided(
        {**batch, "offered": "[]", "propensity": 1.0, "reason": "why", "details": "{}", "outlook": "{}"}, {}
    )
    drafts = [StoredRow(sample=row(f"d{i}", f"s{i // 2}"), status="intermediate") for i in range(8)]
    final = [StoredRow(sample=row(f"r{i}", f"d{i}"), status="accepted", sequence=i) for i in range(8)]
    refused = [StoredRow(sample=row("bad", "s0", "s1", "s2", "s3"), status="rejected", reason="bad")]
    store.committed(0, [*drafts, *final, *refused], {"commit_order": 0}, {}, inputs)
    store.close()
    parts = Results(tmp_path).split({"train": 0.75, "test": 0.25}, seed=3)
    assert {name: len(part) for name, part in parts.items()} == {"train": 6, "test": 2}
    test = [int(sample.id[1:]) for sample in parts["test"]]
    assert test[0] % 2 == 0 and test[1] == test[0] + 1
    assert parts["test"].folder == tmp_path


# -- classes and columns ---------------------------------------------------------------------------------------


def labelled(sizes: list[tuple[str, int]]) -> list[Sample]:
    """Groups of rows of one class each."""
    return [
        Sample(id=f"r{at}.{k}", label=label, trace=Trace(parents=(f"seed{at}",)))
        for at, (label, size) in enumerate(sizes)
        for k in range(size)
    ]


def test_each_part_has_its_share_of_each_class_as_nearly_as_groups_allow() -> None:
    rows = labelled([("a", 2)] * 40 + [("b", 1)] * 10 + [("c", 5)] * 2)
    parts = split(rows, {"train": 0.8, "test": 0.2}, stratify="label")
    assert counts_by(parts, "label") == {
        "a": {"train": 64, "test": 16},
        "b": {"train": 8, "test": 2},
        "c": {"train": 10, "test": 0},  # two groups of five: neither is 2
    }
    plain = [
        counts_by(split(rows, {"train": 0.8, "test": 0.2}, seed=seed), "label")["b"] for seed in range(5)
    ]
    assert any(counts != {"train": 8, "test": 2} for counts in plain)


def test_rows_without_the_class_are_a_class_of_their_own() -> None:
    rows = [Sample(id=f"r{i}", label="a" if i % 2 else None) for i in range(20)]
    parts = split(rows, {"x": 0.5, "y": 0.5}, by="row", stratify="label")
    assert counts_by(parts, "label") == {"–": {"x": 5, "y": 5}, "a": {"x": 5, "y": 5}}


def test_a_column_keeps_rows_together_by_its_value_or_by_any_of_its_list() -> None:
    lists = [["p", "q"], ["q", "r"], ["s"], ["r"], None]
    rows = [Sample(id=f"r{i}", fields={} if one is None else {"from": one}) for i, one in enumerate(lists)]
    assert groups_by(rows, "from") == [[0, 1, 3], [2], [4]]
    values = [Sample(id=f"r{i}", fields={"n": i % 2}) for i in range(4)]
    assert groups_by(values, "n") == [[0, 2], [1, 3]]
    with pytest.raises(UsageError, match="no row has 'm'"):
        split(values, by="m")
    assert groups_by(
        [Sample(id="1", input="A  b"), Sample(id="2", input="a B "), Sample(id="3")], "input"
    ) == [[0, 1], [2]]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4)), min_size=3, max_size=30), st.integers(0, 2)
)
def test_classes_never_break_groups_apart(groups: list[tuple[str, int]], seed: int) -> None:
    rows = labelled(groups)
    parts = split(rows, {"x": 0.6, "y": 0.3, "z": 0.1}, seed=seed, stratify="label")
    assert all(parts.values()) and sum(map(len, parts.values())) == len(rows)
    homes = [{row.trace.parent_id for row in part} for part in parts.values()]
    assert sum(map(len, homes)) == len(groups)
