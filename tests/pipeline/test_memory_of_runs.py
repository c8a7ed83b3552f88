"""Runs that start from what earlier ones learned, and add to it."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.memory import Memory

RECIPE: dict[str, Any] = {"num_samples": 40, "batch_size": 5, "arms": ["toy", "dupes"], "router": "recorder"}


@pytest.fixture
def remembering(bench: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DATAGEN_MEMORY", "on")
    monkeypatch.setenv("XDG_DATA_HOME", str(bench.folder / "data"))
    return bench


def remembered(bench: Any) -> list[dict[str, Any]]:
    return Memory(bench.folder / "data" / "datagen" / "memory.db").recalled("novel-yield@1 {}")


def test_a_run_adds_its_batches_and_the_next_one_starts_from_them(remembering: Any) -> None:
    first = remembering.run("one", **RECIPE)
    assert first.store.get("memory") == []
    known = remembered(remembering)
    assert len(known) == len(first.store.batch_rows(state="done"))
    second = remembering.run("two", **RECIPE)
    assert second.store.get("memory") == known
    assert len(remembered(remembering)) == len(known) + len(second.store.batch_rows(state="done"))


def test_a_run_that_goes_on_keeps_the_snapshot_it_took_at_its_start(remembering: Any) -> None:
    remembering.run("one", **RECIPE, budget={"max_batches": 3})
    remembering.run("other", **{**RECIPE, "seed": 1})
    whole = remembering.run("one", **RECIPE)
    assert whole.status == "complete" and whole.store.get("memory") == []


@pytest.mark.parametrize("mode", ["off", "read"])
def test_off_reads_nothing_and_neither_off_nor_read_adds(
    remembering: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembering.run("one", **RECIPE)
    known = remembered(remembering)
    monkeypatch.setenv("DATAGEN_MEMORY", "")
    second = remembering.run("two", **RECIPE, memory=mode)
    assert second.store.get("memory") == ([] if mode == "off" else known)
    assert remembered(remembering) == known


def test_in_tests_the_memory_is_off_unless_asked_for(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(bench.folder / "data"))
    bench.run("one", **RECIPE)
    assert not (bench.folder / "data").exists()
