"""What a component does in a Python process of its own: with another hash seed, or with nothing imported yet."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import importlib.util
import json
import os
import pickle
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from datagen_core.plugins.spec import KIND_HOOKS, Component

_DISCOVERY = f"""
import importlib, json, sys
import datagen_core.plugins.spec, pluggy
before = set(sys.modules)
module = importlib.import_module(sys.argv[1])
for hook in {tuple(KIND_HOOKS.values())}:
    getattr(module, hook, list)()
print(json.dumps(sorted(set(sys.modules) - before)))
"""

_PRELOADED = (
    "datagen_core.llm.door",
    "datagen_core.llm.structured",
    "datagen_core.rehearsal.model",
    "datagen_core.testing.toy_data",
    "datagen_core.testing.model_bindings",
    "jinja2.sandbox",
    "jsonschema_rs",
    "numpy",
)


def modules_loaded_by_discovery(module: str) -> list[str]:
    """The modules that a fresh Python imports when it imports a plugin and calls its declaration hooks."""
    found = importlib.util.find_spec(module)
    file = Path(found.origin) if found and found.origin else None
    return list(_modules_loaded(module, file.read_bytes() if file else b""))


@cache
def _modules_loaded(module: str, content: bytes) -> tuple[str, ...]:
    """As long as its file is what it was: a package's presets ask for the same."""
    return tuple(json.loads(_python("-c", _DISCOVERY, module)))


def rows_elsewhere(
    impl: str, config: Any, inputs: Any, request: Any, *, hash_seeds: Sequence[int]
) -> list[list[str]]:
    """For each PYTHONHASHSEED the rows, as JSON, of a generator that a fresh Python builds and asks.

    Where the system can fork, it is a fork of a process that has imported the core, and nothing else, before.
    """
    job = pickle.dumps((sys.path, pickle.dumps((impl, config, inputs, request))))
    rows = _forked if hasattr(os, "fork") else _started
    with ThreadPoolExecutor() as pool:
        return [json.loads(text) for text in pool.map(lambda seed: rows(seed, job), hash_seeds)]


def _started(hash_seed: int, job: bytes) -> str:
    """The rows by a process of their own."""
    return _python("-m", __name__, given=job, environment={"PYTHONHASHSEED": str(hash_seed)})


def _forked(hash_seed: int, job: bytes) -> str:
    """The rows by a fork of the server for a hash seed."""
    return _server(hash_seed).answer(job)


@cache
def _server(hash_seed: int) -> _Server:
    return _Server(hash_seed)


class _Server:
    """A process that imports the core once and forks for each job, so that each finds it as it was then."""

    def __init__(self, hash_seed: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and code)
            [sys.executable, "-m", __name__, "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _path(), "PYTHONHASHSEED": str(hash_seed)},
        )
        atexit.register(self._process.kill)
        self._lock = threading.Lock()

    def answer(self, job: bytes) -> str:
        """The job's rows; raises AssertionError with what the fork said where it failed."""
        given, said = self._process.stdin, self._process.stdout
        assert given is not None and said is not None
        with self._lock:
            given.write(len(job).to_bytes(8, "big") + job)
            given.flush()
            ok, length = said.read(1), int.from_bytes(said.read(8), "big")
            text = said.read(length).decode(errors="replace")
        if ok != b"1":
            raise AssertionError(f"a fresh Python failed:\n{text}")
        return text


def rows_as_json(rows: list[Any]) -> list[str]:
    """Samples and rejections as text that is equal exactly when they are."""
    return [
        json.dumps(row.to_json(), sort_keys=True) if hasattr(row, "to_json") else repr(row) for row in rows
    ]


def _path() -> str:
    return os.pathsep.join(entry for entry in sys.path if entry)


def _python(*arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": _path(), **(environment or {})},
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"a fresh Python failed:\n{done.stderr.decode(errors='replace')}")
    return done.stdout.decode().splitlines()[-1]


def _rows(job: bytes) -> str:
    from datagen_core.testing.toy_data import generate

    sys.path[:], inner = pickle.loads(job)  # noqa: S301 (from our own parent)
    impl, config, inputs, request = pickle.loads(inner)  # noqa: S301
    part = Component(name="asked", summary="", impl=impl).load_impl()(config, inputs)
    return json.dumps(rows_as_json(generate(part, request)))


def _serve() -> None:
    """Forks for each job that comes in: its length in 8 bytes, then the job; answers in the same way, 1 or 0 before."""
    for module in _PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    given, said = sys.stdin.buffer, os.dup(1)
    os.dup2(2, 1)  # what a plugin prints is no answer
    while header := given.read(8):
        job = given.read(int.from_bytes(header, "big"))
        if os.fork() == 0:
            _answer(job, said)
        os.wait()


def _answer(job: bytes, out: int) -> NoReturn:
    try:
        ok, text = b"1", _rows(job).encode()
    except BaseException:
        ok, text = b"0", traceback.format_exc().encode()
    with os.fdopen(out, "wb") as stream:
        stream.write(ok + len(text).to_bytes(8, "big") + text)
    os._exit(0)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        _serve()
    else:
        sys.stdout.write(_rows(sys.stdin.buffer.read()))
