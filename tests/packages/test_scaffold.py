"""`datagen plugins new`: for each kind a package that installs, passes its tests and works, as it stands."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import datagen_core
from datagen_core.errors import UsageError
from datagen_core.plugins.host import installed
from datagen_core.plugins.scaffold import SUMMARIES, _files, next_steps, scaffold

KINDS = tuple(SUMMARIES)
ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(datagen_core.__file__).parent / "plugins" / "templates"


@dataclass(frozen=True)
class Scaffolds:
    """One package of each kind, built as wheels and installed together."""

    environment: Any
    folders: dict[str, Path]
    brought: list[dict[str, str]]

    def tests(self) -> dict[str, list[str]]:
        """Runs the packages' own tests; (file of the package → outcome of each test)."""
        report = next(iter(self.folders.values())).parent / "junit.xml"
        self.environment.run(
            *("-P", "-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "--rootdir", report.parent, f"--junitxml={report}"),
            *[folder / "tests" for folder in self.folders.values()],
            cwd=report.parent,
        )
        found: dict[str, list[str]] = {}
        for case in ElementTree.parse(report).iter("testcase"):
            outcome = next(
                (child.tag for child in case if child.tag in ("failure", "error", "skipped")), "ok"
            )
            file = ".".join(case.get("classname", "").split(".tests.")[1].split(".")[:1])
            package = case.get("classname", "").split(".tests.")[0]
            found.setdefault(f"{package}/{file}", []).append(outcome)
        return found


@pytest.fixture(scope="module")
def scaffolds(environment: Any, tmp_path_factory: pytest.TempPathFactory) -> Scaffolds:
    folder = tmp_path_factory.mktemp("scaffolds")
    environment.datagen("plugins", "new", "my-generator", "--kind", "generator", cwd=folder)
    for kind in KINDS[1:]:
        scaffold(f"my-{kind}", kind, folder / f"datagen-plugin-my-{kind}")
    folders = {kind: folder / f"datagen-plugin-my-{kind}" for kind in KINDS}
    wheels = environment.wheels(folders.values(), folder / "wheels")
    return Scaffolds(environment, folders, environment.json("plugins", "install", *wheels))


@pytest.fixture(scope="module")
def outcomes(scaffolds: Scaffolds) -> dict[str, list[str]]:
    return scaffolds.tests()


@pytest.fixture(scope="module")
def listed(scaffolds: Scaffolds) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in scaffolds.environment.json("plugins", "list")}


@pytest.mark.parametrize("kind", KINDS)
def test_its_wheel_installs_and_its_component_is_listed_and_loads(
    kind: str, scaffolds: Scaffolds, listed: dict[str, dict[str, Any]]
) -> None:
    name = f"my-{kind}"
    assert {k: listed[name][k] for k in ("kind", "package", "version", "state")} == {
        "kind": kind,
        "package": f"datagen-plugin-{name}",
        "version": "0.1.0",
        "state": "ok",
    }
    assert [row["state"] for row in scaffolds.brought if row["name"] == name] == ["ok"]


@pytest.mark.parametrize("kind", KINDS)
def test_its_own_tests_and_the_conformance_suite_pass(kind: str, outcomes: dict[str, list[str]]) -> None:
    own = outcomes[f"datagen-plugin-my-{kind}/test_{kind}"]
    suite = outcomes[f"datagen-plugin-my-{kind}/test_conformance"]
    assert set(own) == {"ok"} and len(own) >= 4
    assert set(suite) == {"ok"} and len(suite) >= 15


@pytest.mark.parametrize("kind", KINDS)
def test_its_example_runs(kind: str, scaffolds: Scaffolds, tmp_path: Path) -> None:
    recipe = scaffolds.folders[kind] / "example" / "recipe.yaml"
    scaffolds.environment.datagen("run", recipe, "-q", "-o", tmp_path / "run", cwd=tmp_path)
    lock = (tmp_path / "run" / "recipe.lock.yaml").read_text(encoding="utf-8")
    assert f"datagen-plugin-my-{kind}: 0.1.0" in lock or kind == "exporter"
    assert (tmp_path / "run" / "data.jsonl").read_text(encoding="utf-8").count("\n") in (20, 40)
    if kind == "exporter":
        table = (tmp_path / "my-exporter-example.md").read_text(encoding="utf-8")
        assert table.startswith("| text | label |\n| --- | --- |\n") and table.count("\n") == 22


def test_the_readme_shows_the_example_and_names_the_files_that_are_there(scaffolds: Scaffolds) -> None:
    for kind, folder in scaffolds.folders.items():
        readme = (folder / "README.md").read_text(encoding="utf-8")
        assert (folder / "example" / "recipe.yaml").read_text(encoding="utf-8") in readme
        for file in (f"datagen_plugin_my_{kind}/{kind}.py", f"tests/test_{kind}.py"):
            assert f"`{file}`" in readme and (folder / file).is_file()


def test_all_of_it_is_typed(scaffolds: Scaffolds) -> None:
    folders = scaffolds.folders
    files = [folder / f"datagen_plugin_my_{kind}" for kind, folder in folders.items()]
    files += [folder / "tests" / f"test_{kind}.py" for kind, folder in folders.items()]
    scaffolds.environment.run(
        *("-m", "mypy", "--config-file", folders["router"] / "pyproject.toml"),
        *("--cache-dir", folders["router"].parent / "mypy"),
        *[*files, folders["router"] / "tests" / "test_conformance.py"],
        cwd=folders["router"].parent,
    )


@pytest.mark.parametrize("name", ["x", "abcdefghij-abcdefghij-abcdefgh"], ids=["short", "long"])
def test_all_of_it_is_formatted_and_free_of_lint_however_long_its_name(name: str, tmp_path: Path) -> None:
    for kind in KINDS:
        scaffold(name, kind, tmp_path / kind)
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--no-cache", tmp_path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "Slow",
        "slow_paint",
        "-slow",
        "slow-",
        "slow--paint",
        "9to5",
        "sløw",
        "",
        "a/b",
        "class",
        "a" * 31,
    ],
)
def test_a_name_that_cannot_be_one_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be the name") as error:
        scaffold(name, "router", tmp_path / "new")
    assert "slow-paint" in (error.value.expected or "")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("rules", "router"), ("augment-splice", "generator"), ("csv", "exporter"), ("builtin", "reward")],
)
def test_a_name_that_is_taken_is_refused(name: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is taken"):
        scaffold(name, kind, tmp_path / "new")


def test_a_package_name_is_answered_with_the_components(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        scaffold("datagen-plugin-slow", "router", tmp_path / "new")
    assert error.value.hint == "slow"


def test_an_unknown_kind_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no kind 'filter'") as error:
        scaffold("slow", "filter", tmp_path / "new")
    assert ", ".join(KINDS) in (error.value.expected or "")


def test_a_folder_that_holds_something_is_left_alone_and_an_empty_one_is_used(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not empty"):
        scaffold("slow", "router", taken)
    assert [path.name for path in taken.iterdir()] == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    assert (scaffold("slow", "router", tmp_path / "empty") / "pyproject.toml").is_file()


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="can't be written"):
        scaffold("slow", "router", tmp_path / "file")


def test_the_next_steps_install_test_and_try_it(tmp_path: Path) -> None:
    steps = next_steps("slow", scaffold("slow", "generator", tmp_path / "a folder"))
    assert steps == [
        f"cd '{tmp_path / 'a folder'}'",
        "python -m pip install -e '.[test]'",
        "python -m pytest",
        "datagen plugins check slow",
        "datagen run example/recipe.yaml",
    ]


def test_the_next_steps_install_the_arm_that_the_example_needs(tmp_path: Path) -> None:
    made = scaffold("slow", "router", tmp_path / "slow")
    bare = type(installed())(entries=[])
    assert "datagen plugins install augment" in next_steps("slow", made, bare)
    assert "datagen plugins install augment" not in next_steps("slow", made)
    model = scaffold("slow", "model", tmp_path / "model")
    assert "datagen plugins install naive" in next_steps("slow", model, bare)
    assert "datagen plugins install naive" not in next_steps("slow", model)


def test_a_model_is_reached_by_its_prefix_and_takes_its_options_beside_its_name(scaffolds: Scaffolds) -> None:
    option = "replies=[ready]"
    found = scaffolds.environment.json("models", "check", "my-model/small", "--set", option)
    assert (found["model"], found["endpoint"], found["answers"]) == ("my-model/small", "my-model", True)
    works = {finding["what"]: finding["works"] for finding in found["findings"]}
    assert [what for what, does in works.items() if does] == ["chat", "seed"]
    declared = {finding["what"] for finding in found["findings"] if finding["declared"]}
    assert declared == {"chat", "seed"}


def test_every_template_is_used() -> None:
    used = {template for kind in KINDS for template in _files(kind, "module").values()}
    used |= {f"{kind}/about.md" for kind in KINDS}
    there = {str(file.relative_to(TEMPLATES)).removesuffix(".template") for file in TEMPLATES.rglob("*.*")}
    assert there == used


def test_the_templates_are_in_the_cores_wheel(tmp_path: Path) -> None:
    build = "import sys; from flit_core.buildapi import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = zipfile.ZipFile(tmp_path / done.stdout.strip()).namelist()
    packed = {name.removeprefix("datagen_core/plugins/templates/") for name in names if "/templates/" in name}
    assert packed == {str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.*")}
