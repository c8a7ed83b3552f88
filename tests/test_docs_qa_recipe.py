"""The recipe that asks about real pages: complete, and every answer stands where its row says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from datagen_core.documents import chunks, find_documents, load_document
from datagen_core.inputs import Inputs
from datagen_core.recipe import load
from datagen_core.resolve import resolve
from datagen_core.runs import carry_on

RECIPE = Path(__file__).parent.parent / "recipes/docs_qa_offline.yaml"
PAGES = find_documents([RECIPE.parent / "data/docs" / part for part in ("etcd", "h5py/*.rst", "pep")])


def run(folder: Path, *overrides: str) -> list[dict[str, Any]]:
    pytest.importorskip("datagen_plugin_extractive")
    results = carry_on(resolve(load(RECIPE, overrides)), folder)
    assert results.status == "complete"
    return rows_of(folder)


def rows_of(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "data.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "created_at"} for line in lines]


def test_every_answer_is_a_literal_span_of_its_page_and_chunk(tmp_path: Path) -> None:
    pages = {d.name: d for d in (load_document(path, base=RECIPE.parent) for path in PAGES)}
    parts = Inputs(chunks=tuple(chunk for page in pages.values() for chunk in chunks(page)))
    rows = run(tmp_path / "run")
    assert len(rows) == 60
    assert len({row["input"] for row in rows}) == 60
    for row in rows:
        method = row["metadata"]["method"]
        start, end = method["source_span"]
        chunk = parts.source(method["chunk_id"])
        assert pages[method["document"]].text[start:end] == row["response"] == method["answer_original"]
        assert chunk is not None and row["response"] in chunk.text
        assert row["trace"]["parents"] == [chunk.id]
    assert {row["metadata"]["method"]["question_type"] for row in rows} == {
        "definition",
        "section",
        "list",
        "cloze",
    }
    assert {row["metadata"]["method"]["document"] for row in rows} == set(pages)


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_the_spread_over_chunks_does_not_depend_on_the_batches(tmp_path: Path, batch_size: int) -> None:
    def spread(name: str, *overrides: str) -> Counter[str]:
        rows = run(tmp_path / name, "num_samples=20", *overrides)
        return Counter(row["trace"]["parent_id"] for row in rows)

    assert spread("some", f"batch_size={batch_size}") == spread("usual")


def test_rows_that_a_validator_refuses_are_made_good_by_their_chunk(tmp_path: Path) -> None:
    strict = "validators.answer-rules.with.min_chars=4"
    refused = run(tmp_path / "run", "num_samples=20", strict)
    usual = run(tmp_path / "usual", "num_samples=20")
    counts = [Counter(row["trace"]["parent_id"] for row in rows) for rows in (refused, usual)]
    assert counts[0] == counts[1]
    assert (tmp_path / "run/rejected.jsonl").read_text(encoding="utf-8").count("too_short_chars") > 0
    assert all(len(row["response"]) >= 4 for row in refused)


def test_a_run_that_was_cut_goes_on_to_the_same_rows(tmp_path: Path) -> None:
    strict = ("batch_size=8", "validators.answer-rules.with.min_chars=4")
    whole = run(tmp_path / "whole", *strict)
    for batches in (1, 3):
        cut = load(RECIPE, [*strict, f"budget.max_batches={batches}"])
        assert carry_on(resolve(cut), tmp_path / "cut").status == "budget"
    assert run(tmp_path / "cut", *strict) == whole


def test_a_grown_target_is_spread_over_the_chunks_too(tmp_path: Path) -> None:
    run(tmp_path / "grown", "num_samples=20")
    grown, whole = run(tmp_path / "grown", "num_samples=40"), run(tmp_path / "whole", "num_samples=40")
    counts = [Counter(row["trace"]["parent_id"] for row in rows) for rows in (grown, whole)]
    assert counts[0] == counts[1]
