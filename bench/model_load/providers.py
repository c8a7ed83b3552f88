"""What a light start leaves out, and two plugins that reach the same endpoint."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

from model_load import runs
from model_load.endpoint import Endpoint
from model_load.line import Line

HEAVY = ("litellm", "aiohttp", "openai")
HELP = """
import contextlib, io, json, sys
from datagen_core.cli import main
sys.argv = ["datagen", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def light_start(rows: int, rounds: int) -> list[Line]:
    """`datagen --help` imports no client."""
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, check=True, text=True)
    loaded = sorted(set(HEAVY) & set(json.loads(done.stdout)))
    note = ", ".join(loaded)
    return [Line("g. clients that `datagen --help` imports", len(loaded), most=0, note=note)]


def two_ways(rows: int, rounds: int) -> list[Line]:
    """The same recipe through the plugins openai and litellm."""
    title = "h. rows that differ between use: openai and use: litellm"
    if importlib.util.find_spec("datagen_plugin_litellm") is None:
        return [Line(title, float("nan"), note="not measured: datagen-plugin-litellm isn't installed")]
    made = []
    with Endpoint() as endpoint:
        for use in ("openai", "litellm"):
            model = {"use": use, "capabilities": ["json_schema", "seed"]}
            given = runs.recipe(endpoint.base_url, rows, order="strict", model=model)
            with runs.fresh(given) as ran:
                made.append([row.response for row in ran.results])
    differing = sum(one != other for one, other in zip(*made, strict=False))
    differing += abs(len(made[0]) - len(made[1]))
    return [Line(title, differing, most=0, note=f"{len(made[0])} rows each")]
