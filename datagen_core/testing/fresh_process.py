"""What a component does in a Python process of its own: with another hash seed, or with nothing imported yet."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

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


def modules_loaded_by_discovery(module: str) -> list[str]:
    """The modules that a fresh Python imports when it imports a plugin and calls its declaration hooks."""
    loaded: list[str] = json.loads(_python("-c", _DISCOVERY, module))
    return loaded


def rows_elsewhere(
    impl: str, config: Any, inputs: Any, request: Any, *, hash_seeds: Sequence[int]
) -> list[list[str]]:
    """For each PYTHONHASHSEED the rows, as JSON, of a generator that a fresh Python builds and asks."""
    job = pickle.dumps((impl, config, inputs, request))

    def rows(hash_seed: int) -> list[str]:
        found: list[str] = json.loads(
            _python("-m", __name__, given=job, environment={"PYTHONHASHSEED": str(hash_seed)})
        )
        return found

    with ThreadPoolExecutor() as pool:
        return list(pool.map(rows, hash_seeds))


def rows_as_json(rows: list[Any]) -> list[str]:
    """Samples and rejections as text that is equal exactly when they are."""
    return [
        json.dumps(row.to_json(), sort_keys=True) if hasattr(row, "to_json") else repr(row) for row in rows
    ]


def _python(*arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> str:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": path, **(environment or {})},
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"a fresh Python failed:\n{done.stderr.decode(errors='replace')}")
    return done.stdout.decode().splitlines()[-1]


def _main() -> None:
    from datagen_core.testing.toy_data import generate

    impl, config, inputs, request = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own parent)
    part = Component(name="asked", summary="", impl=impl).load_impl()(config, inputs)
    sys.stdout.write(json.dumps(rows_as_json(generate(part, request))))


if __name__ == "__main__":
    _main()
