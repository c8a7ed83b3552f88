"""kill -9 at half and once more, then the same command again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from model_load import runs
from model_load.endpoint import Endpoint
from model_load.floor import AT_ONCE
from model_load.line import Line

KILLED_AT = (0.5, 0.75)
"""Shares of the rows that the endpoint had answered when the process was killed."""


def kills(rows: int, rounds: int) -> list[Line]:
    """In both orders."""
    return [line for order in ("arrival", "strict") for line in _killed(order, rows)]


def _killed(order: str, rows: int) -> list[Line]:
    with Endpoint(latency_s=0.1) as endpoint, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = folder / "recipe.yaml"
        recipe.write_text(json.dumps(runs.recipe(endpoint.base_url, rows, order=order)), encoding="utf-8")
        for share in KILLED_AT:
            _kill_at(endpoint, int(share * rows), _start(recipe, folder / "killed"))
        assert _start(recipe, folder / "killed").wait() == 0
        seen = endpoint.stats()
        again = seen["generations"] - seen["distinct"]
        found = _records(folder / "killed" / "run")
        what = f"e. killed twice, {order}"
        twice = len(found) - len({row["response"] for row in found})
        twice += len(found) - len({row["id"] for row in found})
        lines = [
            Line(f"{what}: rows of {rows:,}", len(found), least=rows),
            Line(f"{what}: calls paid again", again, most=len(KILLED_AT) * AT_ONCE),
            Line(f"{what}: ids and contents there twice", twice, most=0),
        ]
        if order == "strict":
            assert _start(recipe, folder / "whole").wait() == 0
            whole = _records(folder / "whole" / "run")
            differing = sum(one != other for one, other in zip(found, whole, strict=False))
            differing += abs(len(found) - len(whole))
            lines.append(Line(f"{what}: rows unlike an uninterrupted run's", differing, most=0))
    return lines


def _start(recipe: Path, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "datagen_core", "run", str(recipe), "-q"]
    command += ["-o", str(folder / "run"), "--cache", str(folder / "cache")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def _kill_at(endpoint: Endpoint, generations: int, process: subprocess.Popen[bytes]) -> None:
    while endpoint.stats()["generations"] < generations:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _records(folder: Path) -> list[dict[str, Any]]:
    """The rows of a run but their times; a torn line is an error."""
    lines = (folder / "data.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{key: value for key, value in row.items() if key != "created_at"} for row in rows]
