"""Runs on the rehearsal: alone, behind another link, and exported as trainers read it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import datagen_core
from datagen_core.exporting import export_samples

PROMPTS = [
    {"instruction": "Why does bread rise?", "output": "Yeast turns sugar into gas."},
    {"instruction": "为什么面包会发酵？"},
    {"instruction": "Name three uses of vinegar."},
    {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is rye?"}]},
    {"instruction": "كيف أخزن الخبز؟"},
]
COLUMNS = {
    *("id", "prompt", "chosen", "rejected", "chosen_rating", "rejected_rating"),
    *("margin", "chosen_model", "rejected_model"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in PROMPTS)
    Path("prompts.jsonl").write_text("".join(lines), encoding="utf-8")
    return tmp_path


def run(**more: Any) -> datagen_core.Results:
    recipe = {
        "name": "pairs",
        "num_samples": 5,
        "models": {"generator": "openai/gpt-4o-mini"},
        "validators": [],
        "router": "uniform",
        "budget": {"max_calls": 600},
        **more,
    }
    return datagen_core.run(recipe, model="rehearsal", out="run", cache="cache")


def exported(results: datagen_core.Results) -> list[dict[str, Any]]:
    file = Path("out.jsonl")
    export_samples(results.samples(), "jsonl", file, rehearsal=True)
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_pairs_are_exported_as_trl_reads_conversational_preferences() -> None:
    """An explicit prompt, and the last turn alone in chosen and rejected (TRL, dataset formats)."""
    results = run(seeds="prompts.jsonl", arms=["preference-best-worst"])
    assert results.status == "complete"
    for row in exported(results):
        assert set(row) == COLUMNS
        assert row["prompt"][-1]["role"] == "user"
        for name in ("chosen", "rejected"):
            (turn,) = row[name]
            assert turn["role"] == "assistant" and turn["content"].strip()
        assert all(set(turn) == {"role", "content"} for turn in row["prompt"] + row["chosen"])
        assert row["chosen"] != row["rejected"]
        assert row["margin"] == round(row["chosen_rating"] - row["rejected_rating"], 4) >= 1
    known = {row.get("instruction", "What is rye?") for row in PROMPTS}
    assert {row["prompt"][-1]["content"] for row in exported(results)} <= known


def test_as_text_they_are_exported_as_trl_reads_standard_preferences_and_as_a_table() -> None:
    """Strings; the original with a system message can't be one and is refused by its name."""
    results = run(
        seeds="prompts.jsonl", num_samples=4, arms=[{"use": "preference", "with": {"format": "text"}}]
    )
    rows = exported(results)
    assert results.status == "complete" and all(set(row) == COLUMNS for row in rows)
    assert all(isinstance(row[name], str) for row in rows for name in ("prompt", "chosen", "rejected"))
    export_samples(results.samples(), "csv", Path("out.csv"), rehearsal=True)
    with Path("out.csv").open(encoding="utf-8", newline="") as table:
        assert [row["chosen"] for row in csv.DictReader(table)] == [row["chosen"] for row in rows]


def test_the_pairwise_preset_fills_a_run_and_its_ratings_are_shares() -> None:
    results = run(seeds="prompts.jsonl", num_samples=3, arms=["preference-pairwise"])
    assert results.status == "complete"
    for row in results:
        method = row.metadata.method
        assert (
            len(method["candidates"]) == 3 and method["judge"]["comparisons"] == 3 and method["n_calls"] >= 9
        )
        assert (
            0 <= row.fields["rejected_rating"] <= row.fields["chosen_rating"] <= 1
            and row.fields["margin"] >= 0.25
        )


def test_behind_another_arm_its_rows_are_the_prompts() -> None:
    pytest.importorskip("datagen_plugin_naive")
    chain = [
        {"use": "naive", "with": {"output": "pair"}},
        {"use": "preference", "with": {"candidates": 2, "use_original": True}},
    ]
    results = run(num_samples=4, task="question answering", domain="baking", arms=[{"chain": chain}])
    assert results.status == "complete"
    for row in results:
        assert [step.name for step in row.trace.processing_steps] == ["naive", "preference"]
        assert row.fields["prompt"] == [{"role": "user", "content": row.input}]
        assert [one["model"] for one in row.metadata.method["candidates"]] == ["rehearsal"] * 2 + ["original"]
    assert set(exported(results)[0]) == COLUMNS


def test_the_same_seed_makes_the_same_pairs() -> None:
    def made(folder: str) -> list[Any]:
        recipe = {
            "name": "pairs",
            "num_samples": 3,
            "seeds": "prompts.jsonl",
            "models": {"generator": "openai/gpt-4o-mini"},
            "arms": [{"use": "preference", "with": {"principles": True, "pairs": "best-random"}}],
            "validators": [],
            "order": "strict",
        }
        results = datagen_core.run(recipe, model="rehearsal", out=folder)
        return [(row.id, dict(row.fields), dict(row.metadata.method)) for row in results]

    assert made("one") == made("two")
