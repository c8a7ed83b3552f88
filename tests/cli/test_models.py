"""Commands that call a model: check, estimate, run with a budget, rejudge; against the scripted server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from datagen_core.testing.model_server import ModelServer
from datagen_core.testing.scripted_replies import Received

Datagen = Callable[..., Any]


def grades(received: Received) -> str | None:
    """A judge's answer where one is asked for: three of four rows are good."""
    text = json.dumps(received.body)
    return json.dumps({"reason": "because", "score": 0.9 if hash_of(text) % 4 else 0.2})


def hash_of(text: str) -> int:
    return sum(text.encode()) // 7


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(latency_s=0.01, api_key=None) as made:
        yield made


@pytest.fixture
def recipe(datagen: Datagen, server: ModelServer) -> Callable[..., Path]:
    """Writes a recipe that asks the server."""

    def write(name: str = "plants", **changes: Any) -> Path:
        model = {
            "name": "vllm/test",
            "base_url": server.base_url,
            "price": {"prompt_per_million": 1.0, "completion_per_million": 2.0},
        }
        given = {
            "num_samples": 60,
            "batch_size": 10,
            "window": 2,
            "task_input": {"description": "one fact about a desert plant"},
            "models": {"generator": model, **changes.pop("models", {})},
            "arms": ["naive"],
            "validators": ["dedup"],
            **changes,
        }
        Path(f"{name}.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
        return Path(f"{name}.yaml")

    return write


def test_a_run_against_an_endpoint_reports_its_calls_and_a_second_finds_them_in_the_cache(
    datagen: Datagen, recipe: Callable[..., Path], server: ModelServer
) -> None:
    recipe()
    first = datagen("run", "plants.yaml", "--cache", "cache", "--json")
    assert first.code == 0, first.err
    (calls,) = first.json["calls"]
    assert (
        calls["calls"] == calls["calls"] - calls["cached"] + calls["cached"] and calls["model"] == "vllm/test"
    )
    assert first.json["spent"]["calls"] == server.generations
    assert first.json["spent"]["cost"] == pytest.approx(
        (server.prompt_tokens + 2 * server.completion_tokens) / 1e6
    )
    billed = server.generations
    again = datagen("run", "plants.yaml", "--cache", "cache", "--fresh", "--json")
    assert again.json["calls"][0]["cached"] > 0.9 * again.json["calls"][0]["calls"]
    assert server.generations - billed < 0.1 * billed
    shown = datagen("report", "plants").out
    assert "model calls of committed batches" in shown and "counted against budgets" in shown


def test_a_budget_that_is_reached_exits_with_3_and_the_printed_command_goes_on(
    datagen: Datagen, recipe: Callable[..., Path], server: ModelServer
) -> None:
    recipe()
    stopped = datagen("run", "plants.yaml", "--cache", "cache", "--set", "budget.max_calls=31")
    assert (
        stopped.code == 3
        and "max_calls = 31" in stopped.out
        and "next   datagen run plants.yaml" in stopped.out
    )
    assert server.generations <= 31
    done = datagen("run", "plants.yaml", "--cache", "cache", "--set", "budget.max_calls=500", "--json")
    assert done.code == 0 and done.json["counts"]["accepted"] == 60


def test_an_estimate_is_within_25_percent_of_what_the_run_takes(
    datagen: Datagen, recipe: Callable[..., Path], server: ModelServer
) -> None:
    recipe(num_samples=200, batch_size=20, window=4)
    before = datagen("estimate", "plants.yaml", "--cache", "one", "-k", "10", "--json")
    assert before.code == 0, before.err
    assert server.generations == before.json["spent"]["calls"] == 11
    ran = datagen("run", "plants.yaml", "--cache", "two", "--json").json
    (calls,) = ran["calls"]
    tokens = calls["prompt_tokens"] + calls["completion_tokens"]
    found = before.json
    assert found["calls"]["expected"] == pytest.approx(calls["calls"], rel=0.25)
    assert found["tokens"]["expected"] == pytest.approx(tokens, rel=0.25)
    assert found["cost"]["expected"] == pytest.approx(calls["cost"], rel=0.25)
    assert found["acceptance"]["low"] <= 1.0 and found["calls"]["low"] <= found["calls"]["high"]
    assert "for 200 rows" in datagen("estimate", "plants.yaml", "--cache", "one", "-k", "10").out


def test_an_estimate_of_arms_that_make_nothing_says_so(datagen: Datagen, recipe: Callable[..., Path]) -> None:
    recipe(validators=[{"use": "rules", "with": {"min_words": 5000}}])
    found = datagen("estimate", "plants.yaml", "-k", "3", "--cache", "cache")
    assert found.code == 0 and "no row passed: look at why with datagen preview RECIPE" in found.out


def test_a_judge_of_another_threshold_judges_what_is_there(
    datagen: Datagen, recipe: Callable[..., Path], server: ModelServer
) -> None:
    with ModelServer(grades) as judge:
        models = {"judge": {"name": "vllm/judge", "base_url": judge.base_url}}
        judged = [{"use": "judge", "with": {"model": "judge", "threshold": 0.1}}]
        recipe(models=models, validators=judged)
        assert datagen("run", "plants.yaml", "--cache", "cache", "-q").code == 0
        made, asked = server.generations, judge.generations
        stricter = datagen(
            *(
                "rejudge",
                "plants",
                "--set",
                "validators.judge.with.threshold=0.5",
                "--cache",
                "cache",
                "--json",
            )
        )
        assert stricter.code == 1 and stricter.json["ending"]["status"] == "short"
        assert stricter.json["counts"]["rejected"] > 0
        assert (server.generations, judge.generations) == (made, asked)  # grades are in the cache
        assert Path("runs/plants-rejudged/data.jsonl").is_file() and Path("runs/plants/data.jsonl").is_file()


def test_check_says_what_a_model_can_do_and_where_that_differs_from_what_is_declared(
    datagen: Datagen, server: ModelServer
) -> None:
    found = datagen("models", "check", "llama-cpp/x", "--set", f"base_url={server.base_url}", "--json")
    assert found.code == 0, found.err
    works = {finding["what"]: finding["works"] for finding in found.json["findings"]}
    assert works["chat"] and works["json_schema"] and works["logprobs"] and works["embeddings"] and works["n"]
    shown = datagen("models", "check", "llama-cpp/x", "--set", f"base_url={server.base_url}")
    assert "declared otherwise than it works: tools, n;" in shown.out and "capabilities: [" in shown.out


def test_check_of_a_model_that_doesnt_answer_exits_with_1_and_says_why(datagen: Datagen) -> None:
    found = datagen("models", "check", "vllm/x", "--set", "base_url=http://127.0.0.1:9/v1")
    assert found.code == 1 and "can't connect to http://127.0.0.1:9/v1" in found.out


def test_check_takes_an_alias_of_a_recipe_with_its_options(
    datagen: Datagen, recipe: Callable[..., Path], server: ModelServer
) -> None:
    recipe()
    assert datagen("models", "check", "generator", "--recipe", "plants.yaml").code == 0
    wrong = datagen("models", "check", "other", "--recipe", "plants.yaml")
    assert wrong.code == 2 and "the recipe has no model 'other'" in wrong.err


def test_a_rehearsal_needs_no_key_and_its_rows_are_exported_by_name_alone(
    datagen: Datagen, recipe: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    recipe(models={"generator": "openai/gpt-4o-mini"}, export=[{"path": "out.jsonl"}], num_samples=10)
    missing = datagen("run", "plants.yaml")
    assert missing.code == 2 and "OPENAI_API_KEY" in missing.err
    shutil.rmtree("runs", ignore_errors=True)
    done = datagen("run", "plants.yaml", "--model", "rehearsal", "-q")
    assert done.code == 0, done.err
    assert not Path("out.jsonl").exists()
    assert datagen("export", "plants-rehearsal", "-o", "rows.jsonl").code == 2
    assert datagen("export", "plants-rehearsal", "-o", "rows.jsonl", "--rehearsal").code == 0
    assert len(Path("rows.jsonl").read_text().splitlines()) == 10


def test_the_help_and_the_list_of_plugins_import_no_client() -> None:
    import subprocess
    import sys

    for words in (["--help"], ["plugins", "list"], ["models", "check", "--help"]):
        code = (
            "import sys; sys.argv = ['datagen', *sys.argv[1:]]\n"
            "import atexit; clients = {'litellm', 'aiohttp', 'openai'}\n"
            "atexit.register(lambda: print('LOADED', clients & set(sys.modules)))\n"
            "from datagen_core.cli import main; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
        )
        assert done.stdout.endswith("LOADED set()\n")
