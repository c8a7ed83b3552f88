"""Two recipes of another system, unchanged, from the file to the exported rows: on the rehearsal and on an endpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import datagen_core
from datagen_core.errors import InputError, RecipeError
from datagen_core.report import report
from datagen_core.results import Results
from datagen_core.testing.model_server import ModelServer

RECIPES = Path(__file__).parent / "data" / "recipes"
DESERT, REVIEWS = (RECIPES / f"{n}.yaml" for n in ("desert_plant_adaptability", "freediving_gear_reviews"))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def run(recipe: Path, model: str, **more: Any) -> Results:
    return datagen_core.run(recipe, model=model, cache="cache", **more)


def check_reviews(results: Results) -> None:
    assert results.status == "complete" and len(results) == 10
    for row in results:
        assert row.fields["sentiment"] == row.label and row.fields["rating"] in range(1, 6)
        assert set(row.fields["product_details"]) == {"size", "blade_stiffness", "color"}
    assert {label: n for label, n in results.store.label_counts().items()} == {"positive": 6, "negative": 4}


def check_plants(results: Results) -> None:
    assert results.status == "complete" and len(results) == 10
    table = (RECIPES / "data/sample/desert_plants.csv").read_text(encoding="utf-8")
    for row in results:
        assert all(str(row.fields[key]) in table for key in ("plant", "environment", "challenge"))
        assert 50 <= len(row.fields["adaptation_description"]) <= 400
    assert len({row.fields["plant"] for row in results}) == 10


def test_the_reviews_on_the_rehearsal() -> None:
    results = run(REVIEWS, "rehearsal")
    check_reviews(results)
    offered = {arm["arm"] for arm in report(results)["arms"]}
    assert offered >= {f"templater-{name}" for name in ("conservative", "balanced", "exploratory")}
    assert not Path("data/generated").exists()


def test_the_desert_plants_on_the_rehearsal_and_the_bandit_chooses_among_their_arms() -> None:
    results = run(DESERT, "rehearsal", num_samples=10)
    check_plants(results)
    arms = {arm["arm"]: arm["batches"] for arm in report(results)["arms"]}
    assert set(arms) == {"naive-conservative", "naive-balanced", "naive-creative"}
    assert sum(n > 0 for n in arms.values()) > 1


@pytest.mark.parametrize(("recipe", "check"), [(REVIEWS, check_reviews), (DESERT, check_plants)])
def test_on_an_endpoint_rows_are_judged_and_exported_where_the_recipe_says(
    recipe: Path, check: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ModelServer() as server:
        monkeypatch.setenv("HOSTED_VLLM_API_BASE", server.base_url)
        results = run(recipe, "vllm/any")
    check(results)
    (exported,) = Path("data/generated").glob("*.jsonl")
    assert [json.loads(line)["id"] for line in exported.read_text().splitlines()] == [r.id for r in results]
    components = {call["component"] for call in report(results)["calls"]}
    assert "judge" in components and any("naive" in name or "templater" in name for name in components)


def test_without_a_model_the_next_command_is_said() -> None:
    with pytest.raises(RecipeError) as caught:
        datagen_core.run(REVIEWS)
    assert caught.value.hint and "--model rehearsal" in caught.value.hint


def test_a_missing_dataset_is_named_with_the_place_where_it_should_lie(tmp_path: Path) -> None:
    moved = tmp_path / "desert.yaml"
    moved.write_text(DESERT.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(InputError, match=r"no file data/sample/desert_plants\.csv") as caught:
        run(moved, "rehearsal")
    assert caught.value.where == str(tmp_path / "data/sample/desert_plants.csv")


def test_a_key_reaches_the_endpoint_and_nothing_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    key = "sk-very-secret-0123456789"
    monkeypatch.setenv("VLLM_API_KEY", key)
    with ModelServer(api_key=key, faults={"server_error": 0.2, "malformed": 0.1}) as server:
        monkeypatch.setenv("HOSTED_VLLM_API_BASE", server.base_url)
        results = run(DESERT, "vllm/any", num_samples=5)
    assert results.status == "complete"
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.name for file in written} >= {"run.db", "calls.db", "replies.db", "data.jsonl", "log.jsonl"}
    assert not [file for file in written if key.encode() in file.read_bytes()]
    assert key not in "".join(capfd.readouterr())
