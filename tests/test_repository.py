"""The repository's own rules: one skeleton for plugins, imports that go one way, names that say what a file holds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from datagen_core.plugins.first_party import BRINGS
from datagen_core.plugins.host import Offer, installed
from datagen_core.plugins.spec import KIND_HOOKS, Component

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "datagen_core"
PLUGINS = {file.parent.name: file.parent for file in sorted(ROOT.glob("plugins/*/pyproject.toml"))}
INTERFACES = {
    *(
        "config",
        "context",
        "embedder",
        "embeddings",
        "errors",
        "evaluator",
        "exporter",
        "generator",
        "inputs",
        "jsontext",
        "model",
        "nothing",
    ),
    *("refusal", "remembered", "reward", "router", "row_forms", "rows", "sample", "selector", "suggestion"),
    *("retriever", "validator"),
}
"""What plugin authors code against: it knows nothing of recipes, jobs, runs, the store or the command line."""
SAYS_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "common",
    "misc",
    "base",
    "tools",
}


def module_of(plugin: str) -> Path:
    return PLUGINS[plugin] / f"datagen_plugin_{plugin.replace('-', '_')}"


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def offers(plugin: str) -> list[Offer]:
    return [offer for offer in installed().offers if offer.package == f"datagen-plugin-{plugin}"]


def components(plugin: str) -> list[Component]:
    return [offer.component for offer in offers(plugin)]


def distribution(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


# -- plugins ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_is_packaged_like_all_others(plugin: str) -> None:
    found = project(PLUGINS[plugin])
    module = module_of(plugin).name
    assert found["build-system"]["build-backend"] == "flit_core.buildapi"
    assert found["project"]["name"] == f"datagen-plugin-{plugin}"
    assert found["project"]["entry-points"]["datagen"] == {plugin: module}
    assert found["tool"]["flit"]["module"]["name"] == module
    assert found["project"]["readme"] == "README.md" and found["project"]["requires-python"] == ">=3.11"
    (on_core,) = [line for line in found["project"]["dependencies"] if distribution(line) == "datagen-core"]
    assert re.fullmatch(r"datagen-core(\[[\w,-]+\])?>=\d+\.\d+,<\d+\.\d+", on_core)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_has_options_types_and_tests_in_their_places(plugin: str) -> None:
    module = module_of(plugin)
    for file in (module / "__init__.py", module / "config.py", module / "py.typed"):
        assert file.is_file(), file
    assert [file.name for file in module.rglob("*.py") if file.stem not in ("__init__", "config")]
    assert list((PLUGINS[plugin] / "tests").glob("test_*.py"))
    assert not list((PLUGINS[plugin] / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugins_first_module_holds_hooks_alone(plugin: str) -> None:
    tree = ast.parse((module_of(plugin) / "__init__.py").read_text(encoding="utf-8"))
    wanted = {"__future__", "collections.abc", "typing", "datagen_core"}
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Import | ast.ClassDef), ast.unparse(node)
        if isinstance(node, ast.ImportFrom):
            assert node.module in wanted, ast.unparse(node)
            names = {alias.name for alias in node.names}
            assert node.module != "datagen_core" or names <= {"Component", "Preset", "hookimpl"}
    hooks = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert hooks & set(KIND_HOOKS.values())


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugins_readme_says_how_to_install_and_use_it(plugin: str) -> None:
    readme = (PLUGINS[plugin] / "README.md").read_text(encoding="utf-8")
    assert f"pip install datagen-plugin-{plugin}" in readme
    snippets = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)]
    names = {component.name for component in components(plugin)}
    presets = {f"{c.name}-{preset.name}" for c in components(plugin) for preset in c.presets}
    assert names and (names | presets) & set(_texts(snippets)), "no recipe snippet names the component"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugins_components_stand_the_conformance_suites(plugin: str) -> None:
    tests = [file.read_text(encoding="utf-8") for file in (PLUGINS[plugin] / "tests").glob("test_*.py")]
    suites = [text for text in tests if re.search(r"^class \w+\(\w*Conformance\w*\):", text, re.MULTILINE)]
    tested = {
        name for text in suites for name in re.findall(r'^    component = "([^"]+)"', text, re.MULTILINE)
    }
    names = {component.name for component in components(plugin)}
    assert names and names <= tested


@pytest.mark.parametrize(
    "plugin", [name for name in PLUGINS if any(o.kind == "validator" for o in offers(name))]
)
def test_a_validator_is_tested_on_chinese_arabic_and_thai(plugin: str) -> None:
    tests = "".join(file.read_text(encoding="utf-8") for file in (PLUGINS[plugin] / "tests").glob("*.py"))
    scripts = {"Chinese": "[\u4e00-\u9fff]", "Arabic": "[\u0600-\u06ff]", "Thai": "[\u0e00-\u0e7f]"}
    assert [name for name, letters in scripts.items() if not re.search(letters, tests)] == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_missing_plugin_would_be_named_with_its_install_line(plugin: str) -> None:
    found = {(offer.kind, offer.name) for offer in offers(plugin)}
    assert found == {(kind, name) for kind, names in BRINGS[plugin].items() for name in names}


def _texts(value: Any) -> Iterator[str]:
    """Every string in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in _texts(item))


# -- imports ------------------------------------------------------------------------------------------------


def test_every_import_is_declared_and_no_plugin_imports_another() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "imports.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"{len(PLUGINS) + 1} packages import what they declare\n"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("import json", None),
        ("from datagen_plugin_rules.config import RulesConfig", None),
        ("from datagen_core import Config", None),
        ("from pydantic import Field", None),
        ("import numpy", "imports numpy (of numpy), which is not a declared dependency"),
        ("import no_such_module", "imports no_such_module (of nothing that is installed), which is not"),
        ("import datagen_plugin_dedup", "datagen_plugin_dedup is another plugin"),
        ("def f(): from datagen_plugin_dedup.minhash import x", "datagen_plugin_dedup is another plugin"),
        ("impl = 'datagen_plugin_dedup.dedup:Dedup'", "datagen_plugin_dedup is another plugin"),
    ],
)
def test_the_check_of_imports_sees_what_is_out_of_order(line: str, wrong: str | None, tmp_path: Path) -> None:
    """Run on a copy of the rules plugin with one line more."""
    for name in (
        "tools",
        "datagen_core/testing",
        "plugins/rules/datagen_plugin_rules",
        "plugins/rules/tests",
    ):
        (tmp_path / name).mkdir(parents=True)
    for name in ("tools/imports.py", "pyproject.toml", "plugins/rules/pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "plugins/rules/datagen_plugin_rules/rules.py").write_text(line + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "tools/imports.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == (1 if wrong else 0), done.stderr
    assert wrong is None or done.stdout.startswith(f"plugins/rules/datagen_plugin_rules/rules.py:1: {wrong}")


def test_the_cores_modules_do_not_import_each_other_in_a_circle() -> None:
    order = list(TopologicalSorter(_graph(lazy=False)).static_order())
    assert order.index("sample") < order.index("pipeline") < order.index("runs")


def test_only_the_command_line_imports_the_command_line_and_only_suites_import_suites() -> None:
    for module, imported in _graph(lazy=True).items():
        top = module.partition(".")[0]
        if top not in ("cli", "__main__"):
            assert not {name for name in imported if name.partition(".")[0] == "cli"}, module
        if top != "testing":
            assert not {name for name in imported if name.partition(".")[0] == "testing"}, module


def test_interfaces_import_interfaces_alone() -> None:
    graph = _graph(lazy=False)
    assert {name: graph[name] - INTERFACES for name in INTERFACES if graph[name] - INTERFACES} == {}


def _graph(*, lazy: bool) -> dict[str, set[str]]:
    """Module of the core → the core's modules it imports; with `lazy` also inside functions and for types."""
    files = {".".join(file.relative_to(CORE).with_suffix("").parts): file for file in CORE.rglob("*.py")}
    names = {name.removesuffix(".__init__"): file for name, file in files.items() if name != "__init__"}
    graph: dict[str, set[str]] = {}
    for name, file in names.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        nodes = ast.walk(tree) if lazy else iter(tree.body)
        wanted = {path for node in nodes for path in _imported(node)}
        graph[name] = {path for path in wanted if path in names and path != name}
    return graph


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "datagen_core":
        home = (node.module or "").removeprefix("datagen_core").removeprefix(".")
        yield from (f"{home}.{alias.name}".removeprefix(".") for alias in node.names)
        yield home
    elif isinstance(node, ast.Import):
        yield from (alias.name.removeprefix("datagen_core.") for alias in node.names)


# -- names, pins and the demo -------------------------------------------------------------------------------


def test_files_are_named_for_what_they_hold() -> None:
    folders = [CORE, ROOT / "plugins", ROOT / "tools", ROOT / "bench", ROOT / "tests"]
    named = [file for folder in folders for file in folder.rglob("*.py") if file.stem in SAYS_NOTHING]
    assert named == []


def test_all_that_is_declared_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    pinned = {distribution(line) for line in lines if "==" in line}
    declared = {"flit-core"}
    for folder in (ROOT, *PLUGINS.values()):
        table = project(folder)["project"]
        extras = [line for extra in table.get("optional-dependencies", {}).values() for line in extra]
        declared |= {distribution(line) for line in [*table["dependencies"], *extras]}
    assert sorted(declared - pinned - {"datagen-core"}) == []


def test_the_demo_installs_exactly_the_plugins_that_its_recipe_names() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^DEMO_PLUGINS := (.*)$", makefile, re.MULTILINE)
    recipe = yaml.safe_load((ROOT / "recipes" / "quickstart.yaml").read_text(encoding="utf-8"))
    uses = [("generator", use) for arm in recipe["arms"] for use in arm.get("chain", [arm])]
    uses += [("validator", use) for use in recipe["validators"]]
    uses += [(kind, recipe[key]) for key, kind in (("reward", "reward"), ("router", "router"))]
    uses += [("evaluator", recipe["evaluation"])]
    names = [(kind, use if isinstance(use, str) else use["use"]) for kind, use in uses]
    packages = {installed().find(kind, name)[0].package for kind, name in names} - {"datagen-core"}
    assert set(listed.split()) == {package.removeprefix("datagen-plugin-") for package in packages}
