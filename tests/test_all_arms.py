"""One recipe offers every arm that fits: the router's report, no lost rows under faults, and the budget kept."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from datagen_core.llm import opening
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.retry import Retries
from datagen_core.report import report
from datagen_core.results import Results
from datagen_core.runs import run
from datagen_core.testing.model_server import FAULTS, ModelServer

TASKS = Path(__file__).parent.parent / "recipes/data/self_instruct/tasks.jsonl"
GRAMMAR = {
    "start": "row",
    "words": {
        "kind": ["letter", "poem", "list", "summary", "question"],
        "topic": ["rain", "bread", "trains", "ferns"],
    },
    "rules": {
        "row": ["Write a <kind> about <topic> that <twist>."],
        "twist": [{"llm_fill": {"prompt": "one twist"}}],
    },
}
ARMS: list[Any] = [
    "naive-balanced",
    "self-instruct",
    "self-instruct-classification",
    {"use": "evol-instruct", "with": {"rounds": 2}},
    "evol-response",
    {"use": "controlled", "with": {"constraints": {"length": {"max_words": 200}}}},
    "classify-by-label",
    "classify-contrastive",
    "templater",
    "augment-word-edits",
    "augment-splice",
    {"use": "paraphrase", "with": {"variations_per_example": 1}},
    {"name": "evolved-paraphrases", "chain": ["paraphrase", {"use": "evol-instruct", "with": {"rounds": 1}}]},
    {"use": "persona", "with": {"output": "pair"}},
    {"use": "crosslingual", "with": {"to": "de", "from": "en"}},
]
NAMES = {arm if isinstance(arm, str) else arm.get("name", arm.get("use")) for arm in ARMS}


def seeds() -> list[dict[str, Any]]:
    """The tasks with what kind they are as their class."""
    rows = [json.loads(line) for line in TASKS.read_text(encoding="utf-8").splitlines()]
    return [{**row, "label": "classification" if row["is_classification"] else "writing"} for row in rows]


def recipe(server: ModelServer, **more: Any) -> dict[str, Any]:
    return {
        "name": "all-arms",
        "num_samples": 200,
        "task": "following instructions",
        "domain": "everyday tasks",
        "seeds": seeds(),
        "balance": False,
        "grammar": GRAMMAR,
        "models": {"generator": {"name": "openai/m", "base_url": server.base_url, "timeout_s": 0.2}},
        "arms": ARMS,
        "validators": [{"use": "dedup", "with": {"field": ["input", "response"], "against_seeds": False}}],
        "router": "epsilon-greedy",  # tries each once
        "memory": "off",
        **more,
    }


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    retries = Retries(first_s=0.001, longest_s=0.005)
    monkeypatch.setattr(opening, "ModelDoor", partial(ModelDoor, retries=retries))


def check_nothing_is_lost(results: Results) -> None:
    counts = results.counts()
    assert counts["generated"] == counts["accepted"] + counts["rejected"] + counts["surplus"]
    assert sum(group["n"] for group in results.rejections()) == counts["rejected"]
    done = [row for row in results.store.batch_rows() if row["state"] == "done"]
    assert [row["error"] for row in done] == [None] * len(done)
    for row in done:
        assert row["generated"] == row["accepted"] + row["rejected"] + row["surplus"]


def test_all_arms_are_offered_and_no_row_is_lost_under_faults(tmp_path: Path) -> None:
    with ModelServer(faults=dict.fromkeys(FAULTS, 0.02), retry_after_s=0.01, seed=3) as server:
        results = run(recipe(server), out=tmp_path / "run", cache=tmp_path / "cache")
    assert results.status == "complete" and len(results) == 200
    check_nothing_is_lost(results)
    found = report(results)
    assert {arm["arm"] for arm in found["arms"]} | {name for name, _ in results.store.get("skipped")} == NAMES
    assert not results.store.get("skipped")
    tried = Counter(row["arm"] for row in results.store.batch_rows())
    assert set(tried) == NAMES, f"never tried: {NAMES - set(tried)}"


@pytest.mark.parametrize("most", [20, 150])
def test_the_budget_is_kept_and_the_run_goes_on_with_a_bigger_one(most: int, tmp_path: Path) -> None:
    with ModelServer(faults=dict.fromkeys(FAULTS, 0.02), retry_after_s=0.01, seed=4) as server:
        walled = recipe(server, num_samples=80, budget={"max_calls": most})
        first = run(walled, out=tmp_path / "run", cache=tmp_path / "cache")
        assert server.generations <= most  # what a provider bills
        check_nothing_is_lost(first)
        kept = {row.id for row in first}
        again = run({**walled, "budget": {"max_calls": 5000}}, out=tmp_path / "run", cache=tmp_path / "cache")
    assert again.status == "complete" and kept <= {row.id for row in again}
    check_nothing_is_lost(again)
