"""A whole run: documents to questions to enriched answers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import datagen_core
from datagen_core.documents import load_document

PAGE = "# Salt\n\n" + "\n\n".join(
    f"## Salt {name}\n\n"
    + " ".join(f"Salt {name} number {i} weighs {i * 7} grams in a jar." for i in range(60))
    for name in ("amber", "basil", "cedar", "delta", "ember", "fennel")
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("salt.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def recipe(**more: Any) -> dict[str, Any]:
    return {
        "name": "salt",
        "num_samples": 12,
        "batch_size": 6,
        "documents": ["salt.md"],
        "models": {"generator": "openai/m"},
        "arms": ["backtranslation"],
        "validators": [],
        "memory": "off",
        **more,
    }


def rows_of(folder: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(folder, "data.jsonl").read_text("utf-8").splitlines()]


def test_documents_become_questions_with_literal_answers_that_enrich_goes_on_with() -> None:
    chain = {"chain": ["backtranslation", {"use": "enrich", "with": {"repairs": 0}}]}
    results = datagen_core.run(recipe(arms=[chain]), model="rehearsal", cache="cache", out="run")
    assert results.status == "complete"
    text, rows = load_document(Path("salt.md")).text, rows_of("run")
    assert len(rows) == 12
    for row in rows:
        method = row["metadata"]["method"]
        start, end = method["source_span"]
        assert text[start:end] == method["answer_original"]
        assert method["document"] == "salt.md" and method["chunk_id"] and method["question_type"]
        assert method["enriched"] or row["response"] == method["answer_original"]
    assert {row["metadata"]["method"]["enriched"] for row in rows} == {True, False}
    spread = Counter(row["metadata"]["method"]["chunk_id"] for row in rows)
    assert len(spread) == 6 and max(spread.values()) <= 5
    refused = {group["reason"] for group in results.rejections()}
    assert any(reason.startswith("enrichment_") for reason in refused)
