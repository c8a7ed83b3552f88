"""From documents to a trainer's file, step by step: each step is killed (-9) and goes on, and pays nothing twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import datagen_core
from datagen_core.cli import cli
from datagen_core.testing.model_server import ModelServer

DOCUMENTS = Path(__file__).resolve().parent.parent / "recipes/data/docs"
ROWS, IN_FLIGHT = 20, 8
STEPS = {
    "qa": ("apply", "backtranslation", "kb", "-n", str(ROWS)),
    "enriched": ("apply", "enrich", "qa.jsonl"),
    "good": ("curate", "enriched.jsonl", "--threshold", "1"),
    "reasoned": ("apply", "cot-enhance", "good.jsonl", "--with", "reanswer=false"),
}
"""Name of the file that a step writes → the command up to its model, cache and file."""


def words(step: str, server: ModelServer) -> list[str]:
    model = {
        "name": "openai/m",
        "base_url": server.base_url,
        "max_in_flight": IN_FLIGHT,
        "capabilities": ["json_schema"],
    }
    more = ["--set", f"models.generator={json.dumps(model)}", "--cache", "cache", "-q"]
    return [*STEPS[step], *more, "-o", f"{step}.jsonl"]


def killed(command: list[str], folder: Path, server: ModelServer, answers: int) -> None:
    """Runs a command until so many more answers were paid for, then kills it."""
    paid = server.generations
    process = subprocess.Popen(
        [sys.executable, "-m", "datagen_core", *command],
        cwd=folder,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )
    while server.generations < paid + answers:
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    assert process.wait() != 0


def done(command: list[str]) -> str:
    found = CliRunner().invoke(cli, command)
    assert found.exit_code == 0, f"{command}: {found.output} {found.exception!r}"
    return found.output


def read(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


def walked(folder: Path, *, kill: bool) -> dict[str, int]:
    """Takes all steps in a folder; step → answers paid for."""
    paid = {}
    done(["ingest", str(DOCUMENTS), "--into", "kb", "--quiet"])
    with ModelServer(latency_s=0.01) as server:
        for step in STEPS:
            before, command = server.generations, words(step, server)
            if kill:
                killed(command, folder, server, 5)
                assert not Path(f"{step}.jsonl").exists()
            done(command)
            paid[step] = server.generations - before
            rows = read(f"{step}.jsonl")
            assert len({row["id"] for row in rows}) == len(rows) > 0
    return paid


def test_each_step_is_killed_and_goes_on_and_the_file_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid, made = {}, {}
    for name in ("killed", "whole"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        paid[name] = walked(folder, kill=name == "killed")
        made[name] = read("reasoned.jsonl")
    for step, answers in paid["whole"].items():
        assert answers <= paid["killed"][step] <= answers + IN_FLIGHT, step
    assert made["killed"] == made["whole"]
    qa = read("qa.jsonl")
    assert len(qa) == ROWS and all(row["response"] in row["passage"] for row in qa)
    questions = {row["input"]: row for row in qa}
    for row in made["whole"]:
        assert row["chunk_id"] == questions[row["input"]]["chunk_id"] and row["reasoning"].strip()
    done(["split", "reasoned.jsonl", "-o", "parts", "--seed", "1"])
    parts = {part: read(f"parts/{part}.jsonl") for part in ("train", "validation", "test")}
    assert sum(map(len, parts.values())) == len(made["whole"])
    assert not {row["chunk_id"] for row in parts["train"]} & {row["chunk_id"] for row in parts["test"]}
    done(["export", "parts/train.jsonl", "-f", "chatml", "-o", "train.jsonl", "--check"])
    assert [list(row) for row in read("train.jsonl")] == [["messages"]] * len(parts["train"])


def test_a_run_that_was_cut_off_asks_about_no_finished_chunk_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def recipe(server: ModelServer, **more: Any) -> dict[str, Any]:
        model = {"name": "openai/m", "base_url": server.base_url, "max_in_flight": 2}
        return {
            **{"num_samples": 12, "batch_size": 6, "documents": [str(DOCUMENTS / "h5py")], "order": "strict"},
            **{
                "models": {"generator": model},
                "arms": ["backtranslation"],
                "validators": [],
                "memory": "off",
            },
            **more,
        }

    with ModelServer() as server:
        for calls in (5, 14, 300):
            with suppress(datagen_core.BudgetReached):  # where nothing was accepted yet
                results = datagen_core.run(
                    recipe(server, budget={"max_calls": calls}),
                    cache="cache",
                    out="run",
                )
                assert results.status == ("complete" if calls == 300 else "budget")
        assert server.generations == server.stats()["distinct"]
        paid = server.generations
        datagen_core.run(recipe(server), cache="other", out="whole")
        assert server.generations == 2 * paid, "in one go it takes as many calls"
    plain = [{**row, "created_at": None} for row in read("run/data.jsonl")]
    assert plain == [{**row, "created_at": None} for row in read("whole/data.jsonl")]
    assert len({row["input"] for row in plain}) == 12
