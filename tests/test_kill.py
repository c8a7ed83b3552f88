"""A run that is killed (-9) at random points, again and again, ends in what it would have been."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from datagen_core import feedback
from datagen_core.job import Job
from datagen_core.resolve import resolve
from datagen_core.runs import load
from datagen_core.store.reading import RunReader

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked and killed")
KILLS = {"strict": 20, "arrival": 8}
SEEDS = {
    "music": [
        "play the new album by the brothers",
        "put on some quiet jazz for dinner",
        "i want to hear the second song again",
        "turn up the radio in the kitchen",
        "add this tune to my running list",
        "skip the slow ones and play something loud",
        "who sings the song that is playing now",
        "repeat the last track three times",
        "find me a piano piece for a rainy night",
        "stop the music when the bell rings",
    ],
    "weather": [
        "will it rain in oslo tomorrow morning",
        "how cold does it get at night in may",
        "tell me when the storm reaches the coast",
        "is there any snow left on the mountain",
        "do i need an umbrella for the walk home",
        "what is the wind like near the harbour",
        "show the forecast for the long weekend",
        "when does the sun set in lisbon today",
        "how humid will it be after the rain",
        "warn me if the roads freeze tonight",
    ],
}
CHILD = """
import json, os, signal, sys, threading
from pathlib import Path
from datagen_core.resolve import resolve
from datagen_core.runs import carry_on, load
job = resolve(load(json.loads(sys.argv[1])))

for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(120)  # rather than wait for ever
        if order["kill_after_s"] is not None:
            kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
            threading.Timer(order["kill_after_s"], kill).start()
        carry_on(job, Path(order["out"]))
        os._exit(0)
    print(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])), flush=True)
"""
"""Forks a process for each run asked for: a start in milliseconds, so that kills land in the work itself."""

Runner = Callable[..., int]


@pytest.fixture(params=["strict", "arrival"])
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    rows = [{"text": text, "label": label} for label, texts in SEEDS.items() for text in texts]
    file = tmp_path / "seeds.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return {
        "num_samples": 240,
        "batch_size": 4,
        "window": 4,
        "order": request.param,
        "seeds": str(file),
        "arms": ["augment-word-edits", "augment-splice"],
        "validators": [{"use": "rules", "with": {"min_words": 4}}, "dedup"],
    }


@pytest.fixture
def run(recipe: dict[str, Any]) -> Iterator[Runner]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CHILD, json.dumps(recipe)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin and process.stdout

        def ask(out: Path, kill_after_s: float | None = None) -> int:
            assert process.stdin and process.stdout
            order = {"out": str(out), "kill_after_s": kill_after_s}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return int(json.loads(process.stdout.readline()))

        yield ask
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def rows_of(file: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [{key: value for key, value in row.items() if key != "created_at"} for row in rows]


def begun(out: Path) -> bool:
    """Whether a run had decided on a batch, and hadn't ended."""
    if not (out / "run.db").is_file():
        return False
    with closing(sqlite3.connect(out / "run.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if "batches" not in tables:
            return False
        ended = connection.execute("SELECT value FROM meta WHERE key = 'ending'").fetchone()
        (batches,) = connection.execute("SELECT count(*) FROM batches").fetchone()
    return bool(batches) and ended == ("null",)


def check_whole(out: Path, job: Job) -> int:
    """Checks that a store holds whole batches only, and that its log explains it; gives how many wait."""
    connection = sqlite3.connect(out / "run.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    counted = "SELECT batch, status, count(*) FROM samples WHERE batch IS NOT NULL GROUP BY 1, 2"
    rows = {(batch, status): n for batch, status, n in connection.execute(counted)}
    accepted = connection.execute("SELECT sequence FROM samples WHERE status = 'accepted' ORDER BY 1")
    assert [sequence for (sequence,) in accepted] == list(
        range(sum(n for (_, status), n in rows.items() if status == "accepted"))
    )
    connection.close()
    store = RunReader(out / "run.db")
    batches = store.batch_rows()
    for batch in batches:
        found = [rows.pop((batch["idx"], status), 0) for status in ("accepted", "rejected", "surplus")]
        if batch["state"] == "planned":
            assert found == [0, 0, 0]
        else:
            assert found == [batch["accepted"], batch["rejected"], batch["surplus"]]
            assert sum(found) == batch["generated"] == batch["n"]  # augment answers for each row asked
    assert rows == {}
    done = [batch for batch in batches if batch["state"] == "done"]
    assert sorted(batch["commit_order"] for batch in done) == list(range(len(done)))
    kinds = [event["kind"] for event in store.event_rows()]
    assert (kinds.count("decided"), kinds.count("committed")) == (len(batches), len(done))
    assert feedback.replay(job, store) == store.get("router_state")
    store.close()
    return len(batches) - len(done)


def test_kills_at_random_points_lose_nothing_and_in_strict_order_change_nothing(
    recipe: dict[str, Any], run: Runner, tmp_path: Path
) -> None:
    job = resolve(load(recipe))
    whole = tmp_path / "whole"
    assert run(whole) == 0
    store = RunReader(whole / "run.db")
    batches = store.batch_rows()
    working_s = batches[-1]["committed_at"] - batches[0]["planned_at"]
    delays = random.Random(0)
    kills, waiting, outs = 0, 0, 0
    while kills < KILLS[recipe["order"]]:
        out, outs = tmp_path / f"killed{outs}", outs + 1
        patience_s = 0.5 * working_s
        while (code := run(out, kill_after_s=delays.uniform(0.0, patience_s))) != 0:
            patience_s *= 1.05  # on a machine that got busier since
            assert code == -signal.SIGKILL
            if begun(out):
                kills += 1
                waiting += check_whole(out, job)
        assert check_whole(out, job) == 0
        if recipe["order"] == "strict":
            for name in ("data.jsonl", "rejected.jsonl"):
                assert rows_of(out / name) == rows_of(whole / name)
            assert RunReader(out / "run.db").get("router_state") == store.get("router_state")
        finished = RunReader(out / "run.db")
        assert finished.get("ending")["status"] == "complete"
        assert finished.label_counts() == {"music": 120, "weather": 120}
        assert len({row["response"] for row in rows_of(out / "data.jsonl")}) == 240  # dedup saw them all
    assert waiting > 0  # some kills fell between a decision and its commit
