"""What `datagen plugins list` costs with 50 plugins, as a ratio to starting Python, and that it loads nothing heavy.

    python bench/startup.py [--runs 9]

50 generated packages of one component each are put beside what is installed. CPU seconds (user and system) of whole
processes, medians over alternating runs, so that a busy machine hits both sides alike. Bar: at most 15 times
`python -c pass`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BAR = 15.0
PLUGINS = 50
HEAVY = {
    "pydantic",
    "numpy",
    "sqlalchemy",
    "sklearn",
    "scipy",
    "pandas",
    "litellm",
    "torch",
    "nltk",
    "pyarrow",
}
MODULE = """\
from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators():
    return [
        Component(
            name="filler-{i}",
            summary="Looks at nothing.",
            config="datagen_plugin_filler_{i}.config:FillerConfig",
            impl="datagen_plugin_filler_{i}.validator:Filler",
        )
    ]
"""
METADATA = """\
Metadata-Version: 2.4
Name: datagen-plugin-filler-{i}
Version: 0.1.0
Summary: A plugin that looks at nothing.
Requires-Python: >=3.10
Requires-Dist: datagen-core>=0.1,<0.2
"""
LIST = ["-m", "datagen_core", "plugins", "list"]
LOADED = """
import contextlib, io, json, sys
from datagen_core.cli import main
sys.argv = ["datagen", *sys.argv[1:]]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def install(folder: Path) -> None:
    """Packages as pip leaves them."""
    for i in range(PLUGINS):
        package = folder / f"datagen_plugin_filler_{i}"
        package.mkdir()
        (package / "__init__.py").write_text(MODULE.format(i=i), encoding="utf-8")
        info = folder / f"datagen_plugin_filler_{i}-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(METADATA.format(i=i), encoding="utf-8")
        entry = f"[datagen]\nfiller-{i} = datagen_plugin_filler_{i}\n"
        (info / "entry_points.txt").write_text(entry, encoding="utf-8")


def output(arguments: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, check=True, encoding="utf-8"
    ).stdout


def cpu_s(arguments: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output(arguments, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        install(Path(name))
        path = os.pathsep.join(filter(None, [name, os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path}
        listed = json.loads(output([*LIST, "--json"], environment))  # compiles what isn't yet
        assert sum(row["name"].startswith("filler-") for row in listed) == PLUGINS
        assert all(row["state"] == "ok" for row in listed), listed
        loaded = {}
        for more, heavy in (("--json", HEAVY | {"rich"}), ("", HEAVY)):
            modules = json.loads(output(["-c", LOADED, *LIST[2:], *filter(None, [more])], environment))
            loaded[more] = sorted(heavy & set(modules))
        commands = {"pass": ["-c", "pass"], "--json": [*LIST, "--json"], "": LIST}
        spent: dict[str, list[float]] = {command: [] for command in commands}
        for _ in range(runs):
            for command, arguments in commands.items():
                spent[command].append(cpu_s(arguments, environment))
    medians = {command: statistics.median(times) for command, times in spent.items()}
    print(f"{len(listed)} components, python -c pass: {1000 * medians['pass']:.1f} ms CPU\n")
    print(f"{'':40} {'ms':>7} {'ratio':>7} {'bar':>6}  heavy modules")
    missed = False
    for more, heavy in loaded.items():
        ratio = medians[more] / medians["pass"]
        bad = ratio > BAR or bool(heavy)
        missed |= bad
        print(
            f"{f'datagen plugins list {more} / python -c pass':40} {1000 * medians[more]:7.1f} {ratio:7.2f}"
            f" {BAR:6.2f}  {', '.join(heavy) or 'none'}{'  MISSED' if bad else ''}"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
