"""Plugins checked part by part, and installed and uninstalled by a pip that plays its part."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import Field

from datagen_core.config import Config
from datagen_core.errors import PluginError, UsageError
from datagen_core.plugins.checking import Checked, check
from datagen_core.plugins.host import Host
from datagen_core.plugins.packages import full_name, install, package_of, uninstall
from datagen_core.plugins.spec import KIND_HOOKS, Component, Preset, hookimpl
from datagen_core.sample import Sample, Verdict
from datagen_core.validator import Validator


class LengthConfig(Config):
    most: int = Field(5, ge=1, description="characters")
    file: str = Field(description="must be given")


class Length(Validator[LengthConfig]):
    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        return [Verdict(passed=len(sample.response) <= self.config.most) for sample in samples]


class Unfinished(Validator[Config]):
    pass


class NoConfig:
    pass


def component(name: str, impl: str = "Length", config: str | None = "LengthConfig", **more: Any) -> Component:
    return Component(
        name=name,
        summary="a toy",
        impl=impl if ":" in impl else f"{__name__}:{impl}",
        config=f"{__name__}:{config}" if config else None,
        **more,
    )


def host(*components: Component, kind: str = "validator", name: str = "toy") -> Host:
    module = ModuleType(name)
    if components:
        setattr(module, KIND_HOOKS[kind], hookimpl(lambda: list(components)))
    return Host(entries=[(name, f"datagen-plugin-{name}", "1.2", lambda: module)])


def state(*components: Component, kind: str = "validator") -> str:
    (found,) = check(host=host(*components, kind=kind))
    return found.state


def failing(error: BaseException) -> Callable[[], ModuleType]:
    def load() -> ModuleType:
        raise error

    return load


# -- check --------------------------------------------------------------------------------------------------


def test_a_component_whose_parts_load_is_ok() -> None:
    assert check(host=host(component("length"))) == [
        Checked(name="length", kind="validator", package="datagen-plugin-toy", version="1.2", state="ok")
    ]


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (
            component("length", impl="no_such_module:Length"),
            "ModuleNotFoundError: No module named 'no_such_module'",
        ),
        (
            component("length", impl="Lenght"),
            f"AttributeError: module '{__name__}' has no attribute 'Lenght'",
        ),
        (
            component("length", config="Nothing"),
            f"AttributeError: module '{__name__}' has no attribute 'Nothing'",
        ),
        (
            component("length", config="NoConfig"),
            f"PluginError: its options {__name__}:NoConfig are no Config",
        ),
        (
            component("length", impl="NoConfig"),
            f"PluginError: {__name__}:NoConfig is no Validator or ModelValidator or BatchValidator or PoolValidator",
        ),
        (
            component("length", impl="Unfinished"),
            f"PluginError: {__name__}:Unfinished doesn't define validate",
        ),
    ],
    ids=["no module", "no class", "no options", "options of another kind", "another kind", "abstract"],
)
def test_a_component_that_cannot_be_used_is_said_with_its_cause(broken: Component, cause: str) -> None:
    assert state(broken) == cause


def test_a_component_declared_as_another_kind_is_broken() -> None:
    assert state(component("length"), kind="router") == f"PluginError: {__name__}:Length is no Router"


def test_a_preset_may_leave_out_what_a_recipe_must_give_but_not_break_its_options() -> None:
    fits = Preset(name="short", summary="short rows", options={"most": 3})
    wrong = Preset(name="none", summary="no rows", options={"most": 0})
    assert state(component("length", presets=(fits,))) == "ok"
    assert state(component("length", presets=(fits, wrong))) == (
        "PluginError: its preset length-none doesn't fit its options: most: Input should be greater than or equal to 1"
    )


def test_plugins_that_failed_or_offer_nothing_stand_for_themselves() -> None:
    mixed = host(component("length")).joined(
        [
            ("bad", "datagen-plugin-bad", "3", failing(SystemExit("no licence\nsee the manual"))),
            ("watcher", "datagen-plugin-watcher", "4", lambda: ModuleType("watcher")),
        ]
    )
    rows = [(row.name, row.kind, row.state) for row in check(host=mixed)]
    assert rows == [
        ("length", "validator", "ok"),
        ("bad", "plugin", "SystemExit: no licence"),
        ("watcher", "plugin", "ok"),
    ]


def test_two_plugins_of_one_name_are_broken_both() -> None:
    both = host(component("length")).joined([(*host(component("length"), name="other")._entries[0],)])
    assert {row.state for row in check(host=both)} == {
        "the name 'length' is offered by datagen-plugin-other and datagen-plugin-toy"
    }


@pytest.mark.parametrize("name", ["length", "toy", "datagen-plugin-toy", "Datagen_Plugin.Toy"])
def test_one_can_be_checked_by_its_own_its_plugins_or_its_packages_name(name: str) -> None:
    other = component("other", impl="no_such_module:X")
    mixed = host(component("length")).joined([(*host(other, name="more")._entries[0],)])
    assert [row.name for row in check(name, mixed)] == ["length"]


def test_only_what_is_asked_for_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    mixed = host(component("length"), component("other", impl="wave:open"))
    check("length", mixed)
    assert "wave" not in sys.modules


def test_checking_what_is_not_there_names_what_is() -> None:
    with pytest.raises(UsageError, match="no component or plugin 'lenght'") as error:
        check("lenght", host(component("length")))
    assert error.value.expected == "one of length, toy"


def test_what_a_plugin_prints_while_it_loads_is_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    def load() -> ModuleType:
        sys.stdout.write("hello from a plugin\n")
        return ModuleType("loud")

    Host(entries=[("loud", "datagen-plugin-loud", "1", load)])
    out, err = capsys.readouterr()
    assert (out, err) == ("", "hello from a plugin\n")


# -- install ------------------------------------------------------------------------------------------------


class Pip:
    """A pip that installs these distributions, or fails; it keeps what it was told."""

    def __init__(self, *adds: str, status: int = 0) -> None:
        self.adds = adds
        self.status = status
        self.told: list[str] = []

    def __call__(self, arguments: Sequence[str]) -> int:
        self.told = list(arguments)
        if "--report" in self.told:
            place = self.told.index("--report")
            report = {"install": [{"metadata": {"name": name}} for name in self.adds]}
            Path(self.told[place + 1]).write_text(json.dumps(report), encoding="utf-8")
            del self.told[place : place + 2]
        return self.status


def row(package: str, name: str, state: str = "ok") -> Checked:
    return Checked(name=name, kind="validator", package=package, version="1", state=state)


RULES = [row("datagen-plugin-rules", "rules")]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("rules", "datagen-plugin-rules"),
        ("rules==0.1.0", "datagen-plugin-rules==0.1.0"),
        ("rules >=0.1", "datagen-plugin-rules >=0.1"),
        ("dev-gain[fast]", "datagen-plugin-dev-gain[fast]"),
        ("datagen-plugin-rules", "datagen-plugin-rules"),
        ("datagen-shout", "datagen-shout"),
        ("./rules", "./rules"),
        ("rules/", "rules/"),
        ("rules-0.1.0-py3-none-any.whl", "rules-0.1.0-py3-none-any.whl"),
        ("numpy", "numpy"),
        ("https://example.org/rules.whl", "https://example.org/rules.whl"),
    ],
)
def test_only_the_bare_name_of_a_first_party_plugin_becomes_its_packages(spec: str, told: str) -> None:
    assert full_name(spec) == told


def test_installing_brings_the_components_of_the_plugins_among_what_was_added() -> None:
    pip = Pip("numpy", "datagen-plugin-rules")
    asked: list[str] = []

    def look(package: str) -> list[Checked]:
        asked.append(package)
        return RULES

    assert install(["rules"], run_pip=pip, look=look) == RULES
    assert pip.told == ["install", "datagen-plugin-rules"]
    assert asked == ["datagen-plugin-rules"]


def test_upgrade_and_editable_are_passed_on() -> None:
    pip = Pip("datagen-plugin-rules")
    install(["./a", "./b"], upgrade=True, editable=True, run_pip=pip, look=lambda package: RULES)
    assert pip.told == ["install", "--upgrade", "--editable", "./a", "--editable", "./b"]


def test_a_failing_pip_is_an_error_with_its_status() -> None:
    with pytest.raises(PluginError, match=r"pip could not install datagen-plugin-rules \(exit status 1\)"):
        install(["rules"], run_pip=Pip(status=1), look=lambda package: RULES)


def test_what_is_already_there_is_said_with_the_way_to_a_newer_one() -> None:
    with pytest.raises(
        PluginError, match="nothing was added: datagen-plugin-rules is already installed"
    ) as error:
        install(["rules"], run_pip=Pip(), look=lambda package: RULES)
    assert "--upgrade" in (error.value.hint or "")


def test_a_package_that_is_no_plugin_is_said_with_the_way_to_remove_it() -> None:
    with pytest.raises(PluginError, match="no plugin was added: none of click") as error:
        install(["click"], run_pip=Pip("click"), look=lambda package: [])
    assert error.value.hint == "pip uninstall click"


def test_a_plugin_that_does_not_load_is_an_error_that_names_the_cause() -> None:
    broken = [row("datagen-plugin-rules", "rules", "ImportError: no re2")]
    with pytest.raises(PluginError, match="datagen-plugin-rules: rules: ImportError: no re2") as error:
        install(["rules"], run_pip=Pip("datagen-plugin-rules"), look=lambda package: broken)
    assert error.value.hint == "datagen plugins uninstall datagen-plugin-rules"


def test_a_plugin_that_the_new_process_does_not_see_is_an_error() -> None:
    with pytest.raises(PluginError, match="datagen-plugin-rules: its entry point isn't found"):
        install(["rules"], run_pip=Pip("datagen-plugin-rules"), look=lambda package: [])


def test_nothing_to_install_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="nothing to install"):
        install([], run_pip=Pip(), look=lambda package: [])


# -- uninstall ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["rules", "datagen-plugin-rules", "datagen_plugin_rules", "Datagen-Plugin-Rules"]
)
def test_a_plugin_is_found_by_its_entry_points_or_its_packages_name(name: str) -> None:
    assert package_of(name) == "datagen-plugin-rules"


def test_uninstalling_asks_pip_once_and_looks_whether_it_is_gone() -> None:
    pip = Pip()
    assert uninstall("rules", run_pip=pip, look=lambda package: []) == "datagen-plugin-rules"
    assert pip.told == ["uninstall", "--yes", "datagen-plugin-rules"]


@pytest.mark.parametrize("name", ["datagen-core", "builtin", "DataGen_Core"])
def test_the_core_is_never_uninstalled(name: str) -> None:
    pip = Pip()
    with pytest.raises(UsageError, match="not a plugin"):
        uninstall(name, run_pip=pip, look=lambda package: [])
    assert pip.told == []


def test_what_is_no_plugin_or_not_installed_is_never_uninstalled() -> None:
    pip = Pip()
    with pytest.raises(UsageError, match="'click' is installed, but it is no plugin"):
        uninstall("click", run_pip=pip, look=lambda package: [])
    with pytest.raises(UsageError, match="no plugin 'nonsense' is installed") as error:
        uninstall("nonsense", run_pip=pip, look=lambda package: [])
    assert "rules" in (error.value.expected or "") and "builtin" not in (error.value.expected or "")
    assert pip.told == []


def test_a_failing_pip_or_a_plugin_that_stays_is_an_error() -> None:
    with pytest.raises(PluginError, match=r"pip could not uninstall datagen-plugin-rules \(exit status 2\)"):
        uninstall("rules", run_pip=Pip(status=2), look=lambda package: [])
    with pytest.raises(PluginError, match="datagen-plugin-rules is still there"):
        uninstall("rules", run_pip=Pip(), look=lambda package: RULES)
