"""A plugin written by a stranger from the documentation alone: installed, used, checked and uninstalled for real."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datagen_core.plugins.host import NEEDS_EXTRA

PYPROJECT = """\
[build-system]
requires = ["flit_core>=3.9"]
build-backend = "flit_core.buildapi"
[project]
name = "loud-data"
version = "2.5"
description = "Shouted rows"
dependencies = ["datagen-core>=0.1,<1"]
[project.entry-points.datagen]
loud = "loud_data"
[tool.flit.module]
name = "loud_data"
"""
HOOKS = '''\
"""Shouted rows."""
from datagen_core import Component, hookimpl

print("thank you for using loud-data")

@hookimpl
def datagen_generators():
    """A generator."""
    return [Component(name="shout", summary="seeds in capitals", needs=("seeds",),
                      config="loud_data.shout:ShoutConfig", impl="loud_data.shout:Shout")]

@hookimpl
def datagen_run_finished(results):
    """Leaves a note beside the run."""
    (results.folder / "loud.txt").write_text(str(len(results)))

@hookimpl
def datagen_commands(cli):
    """A verb of its own."""
    import click
    cli.add_command(click.Command("whisper", callback=lambda: click.echo("psst")))
'''
SHOUT = '''\
from pydantic import Field
from datagen_core import Config, Generator


class ShoutConfig(Config):
    mark: str = Field("!", description="what ends a row")


class Shout(Generator[ShoutConfig]):
    """Seeds in capitals."""

    async def generate(self, request):
        for label in request.wanted():
            seed = request.rng.choice(request.seeds)
            yield request.sample(response=seed.text.upper() + self.config.mark, parents=[seed])
'''
RECIPE = """\
num_samples: 4
seeds: seeds.txt
validators: []
arms:
  - use: shout
    with: {mark: "!!"}
"""


@pytest.fixture(scope="module")
def wheel(environment: Any, write: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stranger")
    write(
        folder / "loud-data",
        {"pyproject.toml": PYPROJECT, "loud_data/__init__.py": HOOKS, "loud_data/shout.py": SHOUT},
    )
    (built,) = environment.wheels([folder / "loud-data"], folder / "wheels")
    return Path(built)


@pytest.fixture
def installed(environment: Any, wheel: Path) -> Any:
    """The environment with the stranger's plugin, and what installing it said."""
    brought = environment.json("plugins", "install", wheel)
    yield environment, brought
    environment.run("-m", "pip", "uninstall", "-q", "-y", "loud-data")


def _listed(environment: Any) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in environment.json("plugins", "list")}


def test_it_is_installed_listed_used_and_uninstalled(
    installed: Any, write: Callable[..., Path], tmp_path: Path
) -> None:
    environment, brought = installed
    assert brought == [
        {"name": "shout", "kind": "generator", "package": "loud-data", "version": "2.5", "state": "ok"}
    ]
    assert _listed(environment)["shout"]["needs"] == ["seeds"]
    assert "what ends a row" in environment.datagen("plugins", "info", "shout").stdout

    write(tmp_path, {"seeds.txt": "hello there\ngood night\n", "loud.yaml": RECIPE})
    environment.datagen("run", "loud.yaml", "-q", cwd=tmp_path)
    rows = (tmp_path / "runs" / "loud" / "data.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(row)["response"] for row in rows} <= {"HELLO THERE!!", "GOOD NIGHT!!"}
    assert (tmp_path / "runs" / "loud" / "loud.txt").read_text(encoding="utf-8") == "4"
    assert environment.datagen("whisper").stdout == "psst\n"

    said = environment.datagen("plugins", "uninstall", "loud", code=2)
    assert "add --yes" in said.stderr and "shout" in _listed(environment)
    assert environment.datagen("plugins", "uninstall", "loud", "--yes").stdout == "loud-data is uninstalled\n"
    assert "shout" not in _listed(environment)
    assert (
        "no generator 'shout' is installed"
        in environment.datagen("run", "loud.yaml", "--fresh", cwd=tmp_path, code=2).stderr
    )


def test_installing_it_twice_adds_nothing_and_says_so(installed: Any, wheel: Path) -> None:
    environment, _ = installed
    said = environment.datagen("plugins", "install", "loud-data", code=1)
    assert "nothing was added: loud-data is already installed" in said.stderr


def test_a_broken_one_is_told_at_once_hurts_nobody_else_and_can_be_removed(
    environment: Any, write: Callable[..., Path], tmp_path: Path
) -> None:
    write(
        tmp_path / "broken",
        {
            "pyproject.toml": PYPROJECT,
            "loud_data/__init__.py": HOOKS,
            "loud_data/shout.py": SHOUT.replace("from pydantic", "import no_such_library\nfrom pydantic"),
        },
    )
    wheel = environment.wheels([tmp_path / "broken"], tmp_path / "wheels")[0]
    cause = "shout: ModuleNotFoundError: No module named 'no_such_library'"
    said = environment.datagen("plugins", "install", wheel, code=1)
    assert f"loud-data: {cause}" in said.stderr
    assert "datagen plugins uninstall loud-data" in said.stderr

    checked = {row["name"]: row["state"] for row in environment.json("plugins", "check", code=1)}
    assert checked.pop("shout") == cause.removeprefix("shout: ")
    assert {state for state in checked.values() if not state.startswith(NEEDS_EXTRA)} == {"ok"}
    assert environment.json("plugins", "check", "jsonl")[0]["state"] == "ok"
    environment.datagen("plugins", "uninstall", "loud-data", "-y")
    environment.datagen("plugins", "check", "shout", code=2)


def test_what_pip_cannot_install_is_an_error_below_its_own_words(environment: Any) -> None:
    said = environment.datagen("plugins", "install", "no-such-package-anywhere", code=1)
    assert "No matching distribution found" in said.stderr
    assert "pip could not install no-such-package-anywhere (exit status 1)" in said.stderr
    assert said.stdout == ""
