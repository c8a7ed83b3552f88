"""Discovery in a fresh process: what is installed, what may be switched off, and what it must not import."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import datagen_core
from datagen_core.plugins.first_party import bringer
from datagen_core.plugins.host import NEEDS_EXTRA, installed
from datagen_core.plugins.spec import COST_CLASSES

HEAVY = {"litellm", "numpy", "torch", "sklearn", "lancedb", "nltk", "pyarrow", "pydantic", "sqlalchemy"}

LOADED = """
import json, sys
sys.argv = ["datagen", *sys.argv[1:]]
{work}
print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules)), file=sys.stderr)
"""
COMMAND = LOADED.format(
    work="""
from datagen_core.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
"""
)


def _python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("DATAGEN_")}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**clean, **environment},
        timeout=60,
        check=False,
    )


def _listed(**environment: str) -> list[dict[str, Any]]:
    done = _python("-m", "datagen_core", "plugins", "list", "--json", **environment)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def _install(folder: Path, plugins: Mapping[str, str]) -> None:
    """Packages as pip leaves them, one module each."""
    for name, code in plugins.items():
        info = folder / f"pkg_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: pkg-{name}\nVersion: 1.0\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(f"[datagen]\n{name} = {name}_module\n", encoding="utf-8")
        (folder / f"{name}_module.py").write_text(code, encoding="utf-8")


# -- light ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (LOADED.format(work="import datagen_core; dir(datagen_core)"), []),
        (LOADED.format(work="from datagen_core import Component, hookimpl, PluginError"), []),
        (COMMAND, ["--help"]),
        (COMMAND, ["--version"]),
        (COMMAND, ["plugins", "list", "--json"]),
        (COMMAND, ["plugins", "list"]),
        (COMMAND, ["run", "--help"]),
    ],
    ids=["import", "declaring", "help", "version", "list as json", "list", "help of run"],
)
def test_looking_around_imports_nothing_heavy(code: str, arguments: list[str]) -> None:
    done = _python("-c", code, *arguments)
    assert done.returncode == 0, done.stderr

    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "datagen_core" in loaded
    assert loaded & HEAVY == set()


def test_the_guard_would_see_what_is_imported() -> None:
    done = _python("-c", LOADED.format(work="import datagen_core; datagen_core.Recipe"))

    assert {"pydantic", "datagen_core"} <= set(json.loads(done.stderr.splitlines()[-1]))


# -- the package's own names ----------------------------------------------------------------------------------


def test_every_public_name_can_be_imported_from_its_home() -> None:
    for home, names in datagen_core._HOMES.items():
        module = importlib.import_module(home)
        for name in names:
            assert getattr(datagen_core, name) is getattr(module, name)
            assert name in datagen_core.__all__
            assert name in dir(datagen_core)


def test_all_names_what_type_checkers_see_and_nothing_else() -> None:
    """The TYPE_CHECKING block and the lazy table are two lists of one thing."""
    source = Path(str(datagen_core.__file__)).read_text(encoding="utf-8")
    seen = {
        line.split()[-1]
        for line in source.splitlines()
        if line.startswith("    from datagen_core") and " as " in line
    }

    assert seen == set(datagen_core.__all__) - {"__version__"}
    assert len(datagen_core.__all__) == len(set(datagen_core.__all__))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Generatr"):
        _ = datagen_core.Generatr


# -- this environment -----------------------------------------------------------------------------------------


def test_everything_installed_here_works() -> None:
    assert {plugin.name: plugin.state for plugin in installed().plugins if plugin.state != "ok"} == {}
    broken = {offer.name: offer.state for offer in installed().offers if offer.state != "ok"}
    assert {name for name, state in broken.items() if not state.startswith(NEEDS_EXTRA)} == set()
    assert {"epsilon-greedy", "uniform"} <= set(installed().names("router"))


def test_every_component_is_declared_with_what_the_list_shows() -> None:
    for offer in installed().offers:
        assert offer.component.summary.strip(), offer.name
        assert offer.component.cost in COST_CLASSES
        assert set(offer.to_json()) == {"name", "kind", "package", "version", "summary", "needs", "state"}


def test_the_install_line_of_a_first_party_component_names_the_package_that_brings_it() -> None:
    for offer in installed().offers:
        if offer.package.startswith("datagen-plugin-"):
            assert offer.package == f"datagen-plugin-{bringer(offer.name, offer.kind)}"


def test_the_list_is_one_object_per_component() -> None:
    rows = _listed()

    assert [(row["kind"], row["name"]) for row in rows] == [
        (kind, offer.name)
        for kind in (
            *("generator", "validator", "reward", "router", "evaluator", "exporter"),
            *("selector", "embedder", "retriever", "model"),
        )
        for offer in installed().of_kind(kind)
    ]
    assert {row["state"] for row in rows if not row["state"].startswith(NEEDS_EXTRA)} == {"ok"}


# -- switching off --------------------------------------------------------------------------------------------


def test_datagen_plugins_loads_only_those_and_the_builtin_ones() -> None:
    rows = _listed(DATAGEN_PLUGINS="rules, dedup")

    assert {row["package"] for row in rows} == {
        "datagen-core",
        "datagen-plugin-rules",
        "datagen-plugin-dedup",
    }


def test_datagen_disable_leaves_those_out() -> None:
    there = {row["package"] for row in _listed()}

    assert {row["package"] for row in _listed(DATAGEN_DISABLE="rules,nobody")} == there - {
        "datagen-plugin-rules"
    }


def test_disabling_wins_over_asking_for() -> None:
    rows = _listed(DATAGEN_PLUGINS="rules,dedup", DATAGEN_DISABLE="dedup")

    assert {row["package"] for row in rows} == {"datagen-core", "datagen-plugin-rules"}


# -- a stranger's packages ------------------------------------------------------------------------------------


def test_a_package_is_found_by_its_entry_point_and_a_broken_one_beside_it_is_listed_with_why(
    tmp_path: Path,
) -> None:
    good = (
        "from datagen_core import Component, hookimpl\n"
        "@hookimpl\n"
        "def datagen_validators():\n"
        "    return [Component(name='polite', summary='is it polite?', impl='polite_impl:Polite')]\n"
    )
    _install(tmp_path, {"polite": good, "rude": "import no_such_module", "loud": "print('hello')\n"})

    rows = {row["name"]: row for row in _listed(PYTHONPATH=str(tmp_path))}

    assert rows["polite"] == {
        "name": "polite",
        "kind": "validator",
        "package": "pkg-polite",
        "version": "1.0",
        "summary": "is it polite?",
        "needs": [],
        "state": "ok",
    }
    assert (rows["rude"]["kind"], rows["rude"]["package"]) == ("plugin", "pkg-rude")
    assert rows["rude"]["state"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert "rules" in rows or "dedup" in rows  # the others are there as before


def test_plugins_add_verbs_and_one_that_fails_at_it_only_complains(tmp_path: Path) -> None:
    verb = (
        "import click\n"
        "from datagen_core import hookimpl\n"
        "@hookimpl\n"
        "def datagen_commands(cli):\n"
        "    @cli.command()\n"
        "    def greet():\n"
        "        '''Say hello.'''\n"
        "        click.echo('hello')\n"
    )
    fails = verb.replace(
        "    @cli.command()\n", "    raise RuntimeError('no verbs today')\n    @cli.command()\n"
    )
    _install(tmp_path, {"verbs": verb, "mute": fails})
    path = str(tmp_path)

    shown = _python("-m", "datagen_core", "--help", PYTHONPATH=path)
    said = _python("-m", "datagen_core", "greet", PYTHONPATH=path)

    assert "greet Say hello." in " ".join(shown.stdout.split())
    assert shown.stderr.count("mute: datagen_commands: RuntimeError: no verbs today") == 1
    assert (said.returncode, said.stdout) == (0, "hello\n")
    assert _python("-m", "datagen_core", "check", "--help", PYTHONPATH=path).stderr == ""
