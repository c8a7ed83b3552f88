"""A run that asks a model and is killed (-9) loses nothing, and pays again at most for what was in flight."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from datagen_core.testing.model_server import ModelServer

ROWS, IN_FLIGHT = 80, 8
KILLED_AT = (20, 50)
"""How many answers had been paid for when the process was killed."""


@pytest.fixture(params=["arrival", "strict"])
def order(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def start(server: ModelServer, folder: Path, order: str) -> subprocess.Popen[bytes]:
    recipe = {
        "name": "kills",
        "num_samples": ROWS,
        "order": order,
        "domain": "gardening",
        "models": {
            "generator": {"name": "openai/m", "base_url": server.base_url, "max_in_flight": IN_FLIGHT}
        },
        "arms": ["naive"],
        "validators": ["dedup"],
        "router": "epsilon-greedy",
        "memory": "off",
    }
    folder.mkdir(exist_ok=True)
    file = folder / "recipe.yaml"
    file.write_text(json.dumps(recipe), encoding="utf-8")
    command = [sys.executable, "-m", "datagen_core", "run", str(file), "-q", "-o", str(folder / "run")]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, "--cache", str(folder / "cache")], env=environment, stdout=subprocess.DEVNULL
    )


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of a run but their times; a torn line is an error."""
    lines = (folder / "run" / "data.jsonl").read_text(encoding="utf-8").splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "created_at"} for line in lines]


def test_it_goes_on_where_it_was_killed(order: str, tmp_path: Path) -> None:
    with ModelServer(latency_s=0.02) as server:
        for paid in KILLED_AT:
            process = start(server, tmp_path / "killed", order)
            while server.generations < paid:
                assert process.poll() is None
                time.sleep(0.002)
            process.kill()
            assert process.wait() != 0
        assert start(server, tmp_path / "killed", order).wait(timeout=60) == 0
        assert server.generations - server.stats()["distinct"] <= len(KILLED_AT) * IN_FLIGHT
        found = rows_of(tmp_path / "killed")
        assert (
            len(found) == len({row["id"] for row in found}) == len({row["response"] for row in found}) == ROWS
        )
        if order == "strict":
            assert start(server, tmp_path / "whole", order).wait(timeout=60) == 0
            assert found == rows_of(tmp_path / "whole")
