"""Recipes that ask the endpoint, and runs of them, timed without start-up."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen_core.resolve import resolve
from datagen_core.results import Results
from datagen_core.runs import carry_on, load
from datagen_core.testing.model_server import ModelServer
from model_load.endpoint import SCHEMA, record
from model_load.floor import Spent


def recipe(base_url: str, rows: int, *, model: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Records by plain prompting, checked by their schema and against each other."""
    return {
        "name": "bench",
        "num_samples": rows,
        "domain": "diving",
        "task": "answer a diver's question",
        "json_schema": SCHEMA,
        "models": {"generator": {"name": "openai/test", "base_url": base_url, **(model or {})}},
        "arms": ["naive"],
        "validators": ["schema", "dedup"],
        "router": "epsilon-greedy",
        "memory": "off",
        **more,
    }


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished sitting and what it took, from the resolved recipe to the written files."""

    results: Results
    spent: Spent


def run(given: dict[str, Any], folder: Path) -> Ran:
    """One sitting in a folder, with a model cache of its own."""
    job = resolve(load(given))
    gc.collect()
    started, cpu = time.perf_counter(), time.process_time()
    results = carry_on(job, folder / "run", cache=folder / "cache")
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    return Ran(results, Spent(wall_s, cpu_s, len(results)))


@contextmanager
def fresh(given: dict[str, Any]) -> Iterator[Ran]:
    """A whole run in a new folder, which goes at the end of the block."""
    with tempfile.TemporaryDirectory() as name:
        yield run(given, Path(name))


def one_request() -> dict[str, Any]:
    """The body of a row's request as it is sent; and all imports are done."""
    with ModelServer(record) as server, fresh(recipe(server.base_url, 20)):
        return dict(server.requests[-1].body)
