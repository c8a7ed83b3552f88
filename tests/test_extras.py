"""Components that need more than their package brings: listed with the command that adds it, and refused with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

import datagen_core.builtin
from datagen_core import Config, Sample, Validator, Verdict, runs
from datagen_core.cli import cli
from datagen_core.errors import RecipeError
from datagen_core.plugins.host import Host, installed
from datagen_core.plugins.spec import Component, hookimpl
from datagen_core.resolve import resolve

MISSING = "needs pip install 'pkg[extra]'"


class Passes(Validator[Config]):
    """Lets all rows pass."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [Verdict(passed=True) for _ in samples]


def component(name: str, *imports: str, **more: Any) -> Component:
    return Component(
        **{"name": name, "summary": "a toy", "impl": f"{__name__}:Passes", "imports": imports, **more}
    )


def host(*components: Component) -> Host:
    module = ModuleType("toys")
    module.datagen_validators = hookimpl(lambda: list(components))  # type: ignore[attr-defined]
    return Host(
        [
            ("builtin", "datagen-core", "0", lambda: datagen_core.builtin),
            ("toys", "pkg", "1.0", lambda: module),
        ]
    )


HOST = host(
    component("light"),
    component("there", "json", extra="extra"),
    component("heavy", "no_such_module_at_all", extra="extra"),
    component("half", "json", "no_such_module_at_all", extra="extra"),
    component("nameless", "no_such_module_at_all"),
)


def run_of(*validators: str) -> Any:
    recipe = {"seeds": ["one", "two"], "each_seed_once": True, "arms": ["as-is"], "memory": "off"}
    return resolve(runs.load({**recipe, "validators": list(validators)}), HOST)


def test_a_component_without_its_module_is_listed_with_the_command_that_adds_it() -> None:
    assert {offer.name: offer.state for offer in HOST.of_kind("validator")} == {
        "light": "ok",
        "there": "ok",
        "heavy": MISSING,
        "half": MISSING,
        "nameless": "needs pip install pkg",
    }
    assert [plugin.state for plugin in HOST.plugins] == ["ok", "ok"]
    assert HOST.find("validator", "light")[0].to_json()["state"] == "ok"


@pytest.mark.parametrize("name", ["heavy", "half"])
def test_a_recipe_that_names_it_is_refused_with_the_command(name: str) -> None:
    with pytest.raises(RecipeError) as caught:
        run_of("light", name)
    assert caught.value.message == f"validator {name!r} can't be used: {MISSING}"
    assert caught.value.hint == "pip install 'pkg[extra]'"
    assert caught.value.exit_code == 2


def test_several_that_lack_the_same_are_answered_with_one_command() -> None:
    with pytest.raises(RecipeError) as caught:
        run_of("heavy", "half")
    assert caught.value.hint == "pip install 'pkg[extra]'"
    assert "'heavy'" in caught.value.message and "'half'" in caught.value.message


def test_its_plugins_other_components_work(tmp_path: Path) -> None:
    assert len(runs.carry_on(run_of("light", "there"), tmp_path / "run")) == 2


def test_asking_whether_its_module_is_there_imports_neither_it_nor_the_component(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("heavy_library", "lazy_part"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = host(component("lazy", "heavy_library", extra="extra", impl="lazy_part:Lazy"))
    assert found.find("validator", "lazy")[0].state == "ok"
    assert {"heavy_library", "lazy_part"}.isdisjoint(sys.modules)


HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_validators():
    about = {"summary": "a toy", "impl": "no_such_module_at_all:Thing"}
    return [
        Component(name="heavy-toy", imports=("no_such_module_at_all",), extra="nli", **about),
        Component(name="light-toy", **about),
    ]
"""


def test_the_list_of_plugins_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "heavy_toys.py").write_text(HOOKS, encoding="utf-8")
    info = tmp_path / "heavy_toys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: heavy-toys\nVersion: 1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text("[datagen]\nheavy-toys = heavy_toys\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("DATAGEN_PLUGINS", "heavy-toys")
    installed.cache_clear()
    try:
        listed = CliRunner().invoke(cli, ["plugins", "list", "--json"])
    finally:
        monkeypatch.undo()
        installed.cache_clear()
    states = {row["name"]: row["state"] for row in json.loads(listed.stdout)}
    assert states["heavy-toy"] == "needs pip install 'heavy-toys[nli]'"
    assert states["light-toy"] == "ok"
