"""The rules that hold for components of every kind, and what all suites share."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import fields
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from pydantic import ValidationError

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.errors import UsageError
from datagen_core.inputs import Inputs
from datagen_core.plugins.host import Offer, installed
from datagen_core.plugins.spec import COST_CLASSES, FORMATS, Component, Preset
from datagen_core.testing import global_randomness
from datagen_core.testing.fresh_process import modules_loaded_by_discovery
from datagen_core.testing.network import offline
from datagen_core.testing.option_schema import is_unbounded_number, nodes, objects
from datagen_core.testing.toy_data import toy_inputs

MAX_SUMMARY_CHARS = 100
KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class ComponentUnderTest:
    """An installed component, with the options and inputs that it is tested with; base of all suites.

    Attributes:
        component: The component's name.
        options: What a recipe would write under `with:`, where the defaults alone can't work.
        folder: A fresh folder for each test.
    """

    component: ClassVar[str] = ""
    options: ClassVar[Mapping[str, Any]] = {}
    kind: ClassVar[str]
    takes_inputs: ClassVar[bool] = True
    folder: Path

    def options_in(self, folder: Path) -> Mapping[str, Any]:
        """The options, where they name files: write those into `folder`. By default `options`."""
        return self.options

    def inputs(self) -> Inputs:
        """What it is built from; by default a toy job: slotted seeds, unlabelled texts, chunks, a grammar."""
        return toy_inputs()

    @pytest.fixture(autouse=True)
    def _fresh_folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def offer(self) -> Offer:
        """The installed component."""
        return self._found()[0]

    def config(self) -> Config:
        """Its options, validated."""
        config: Config = self.offer().component.load_config().model_validate(self._options())
        return config

    def build(self) -> Any:
        """A new instance, from the same options and inputs each time."""
        make = self.offer().component.load_impl()
        return make(self.config(), self.inputs()) if self.takes_inputs else make(self.config())

    def _found(self) -> tuple[Offer, Preset | None]:
        name = type(self).__name__
        assert self.component, f"{name}: set `component` to the name of an installed {self.kind}"
        return installed().find(self.kind, self.component)

    def _options(self) -> dict[str, Any]:
        _, preset = self._found()
        return {**(preset.options if preset else {}), **self.options_in(self.folder)}


class ComponentConformance(ComponentUnderTest):
    """Rules for every component; subclass the suite of its kind, not this.

    Set `component` to the name that recipes use (a preset's too). It must be installed: the suite finds it
    among the plugins, as a run does. Override `options`, `options_in` and `inputs` where the defaults don't fit.
    """

    interface: ClassVar[type]

    def use(self) -> object:
        """Builds the component, uses it once, and returns what came of it, comparable by ==."""
        raise NotImplementedError

    # -- what is declared ---------------------------------------------------------------------------------

    def test_names_are_kebab_case(self) -> None:
        for declared in self._declared():
            assert KEBAB_CASE.fullmatch(declared.name), f"rule: names are kebab-case; found {declared.name!r}"

    def test_summaries_are_one_short_line(self) -> None:
        for declared in self._declared():
            text = declared.summary
            assert text.strip() and "\n" not in text and len(text) <= MAX_SUMMARY_CHARS, (
                f"rule: a summary is one line of 1 to {MAX_SUMMARY_CHARS} characters; found {text!r}"
            )

    def test_its_references_load_what_they_should(self) -> None:
        component = self.offer().component
        config, impl = component.load_config(), component.load_impl()
        assert issubclass(config, Config), f"rule: config names a datagen_core.Config; {config!r} is none"
        assert issubclass(impl, self.interface), (
            f"rule: impl of a {self.kind} derives from {self.interface.__name__}; {impl!r} doesn't "
            "(another kind of it has another suite)"
        )

    def test_needs_and_cost_are_words_that_routing_knows(self) -> None:
        component = self.offer().component
        known = _everything().available() | {"parents"}
        unknown = sorted(set(component.needs) - known)
        assert not unknown, f"rule: needs are among {sorted(known)}; found {unknown}"
        assert component.cost in COST_CLASSES, (
            f"rule: cost is one of {COST_CLASSES}; found {component.cost!r}"
        )

    def test_makes_rows_of_known_forms(self) -> None:
        unknown = sorted(set(self.offer().component.makes) - set(FORMATS))
        assert not unknown, f"rule: makes is among {FORMATS}; found {unknown}"

    def test_discovery_imports_nothing_heavy(self) -> None:
        offer = self.offer()
        for module in _entry_modules(offer.package):
            own = module.partition(".")[0]
            light = {own, "datagen_core", "pluggy", *sys.stdlib_module_names}
            loaded = modules_loaded_by_discovery(module)
            foreign = sorted({name.partition(".")[0] for name in loaded} - light)
            assert not foreign, (
                "rule: importing a plugin and calling its hooks imports the standard library and "
                f"datagen_core's declarations alone; {module} imports {', '.join(foreign)}"
            )
            homes = {reference.partition(":")[0] for reference in _references(offer.component)}
            early = sorted((homes - {module}) & set(loaded))
            assert not early and module not in homes, (
                f"rule: discovery imports no options and no implementation; {module} imports or holds them"
            )

    # -- options ------------------------------------------------------------------------------------------

    def test_unknown_options_are_refused(self) -> None:
        model = self.offer().component.load_config()
        try:
            model.model_validate({**self._options(), "no-such-option": 1})
        except ValidationError as error:
            assert any(problem["type"] == "extra_forbidden" for problem in error.errors()), str(error)
        else:
            raise AssertionError("rule: options forbid unknown keys; no-such-option was taken")
        for name, schema in objects(model.model_json_schema()):
            assert schema.get("additionalProperties") is False, (
                f"rule: options forbid unknown keys, nested ones too; {name} takes any"
            )

    def test_options_are_frozen(self) -> None:
        config = self.config()
        for name in type(config).model_fields:
            try:
                setattr(config, name, None)
            except ValidationError:
                continue
            raise AssertionError(f"rule: options are frozen; {name} could be set")

    def test_each_option_is_described(self) -> None:
        for name, schema in objects(self._schema()):
            for option, found in schema["properties"].items():
                assert str(found.get("description", "")).strip(), (
                    f"rule: each option has a description; {name}.{option} has none"
                )

    def test_each_number_has_a_range(self) -> None:
        bare = [place for place, found in nodes(self._schema()) if is_unbounded_number(found)]
        assert not bare, f"rule: numbers have a range (ge=, gt=, le= or lt=); none at {', '.join(bare)}"

    def test_options_survive_yaml(self) -> None:
        config = self.config()
        dumped = yaml.safe_dump(config.model_dump(mode="json", by_alias=True), allow_unicode=True)
        again = type(config).model_validate(yaml.safe_load(dumped))
        assert again == config, (
            f"rule: options written as YAML read back the same; {again!r} is not {config!r}"
        )

    def test_options_have_a_json_schema_that_they_satisfy(self) -> None:
        schema = json.loads(json.dumps(self._schema()))
        jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="jsonschema_rs is not installed")
        dumped = self.config().model_dump(mode="json", by_alias=True)
        problems = [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(dumped)]
        assert not problems, f"rule: options satisfy their own JSON Schema; {problems[0]}"

    def test_options_have_a_fingerprint(self) -> None:
        first, second = (json.dumps(self.config().fingerprint(), sort_keys=True) for _ in range(2))
        assert first == second, "rule: equal options have equal fingerprints"

    # -- behaviour ----------------------------------------------------------------------------------------

    def test_missing_inputs_are_a_clear_error(self) -> None:
        if not self.takes_inputs:
            return
        make, config = self.offer().component.load_impl(), self.config()
        rule = (
            "rule: inputs that don't fit raise InputError or RecipeError at construction, and say what would"
        )
        try:
            make(config, Inputs())
        except UsageError as error:
            assert error.expected or error.hint, f"{rule}; {error!s} has neither expected= nor hint="
        except Exception as error:
            raise AssertionError(f"{rule}; {type(error).__name__}: {error}") from error

    def test_notices_are_sentences(self) -> None:
        notices: Any = getattr(self.build(), "notices", tuple)()
        assert not isinstance(notices, str) and all(isinstance(n, str) and n.strip() for n in notices), (
            f"rule: notices() returns a sequence of sentences; found {notices!r}"
        )

    def test_it_works_without_a_network(self) -> None:
        with offline() as tried:
            try:
                self.use()
            except Exception:
                if not tried:
                    raise
        assert not tried, f"rule: a {self.kind} opens no connection; it tried {', '.join(tried)}"

    def test_global_randomness_is_neither_used_nor_changed(self) -> None:
        self.use()  # whatever it imports is there from here on
        with global_randomness.kept():
            global_randomness.reseed(1)
            before = global_randomness.state()
            first = self.use()
            assert global_randomness.state() == before, (
                "rule: global random state is left alone; it was changed"
            )
            global_randomness.reseed(2)
            second = self.use()
        assert first == second, "rule: global random state decides nothing; another state, another result"

    def _declared(self) -> list[Component | Preset]:
        component = self.offer().component
        return [component, *component.presets]

    def _schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = self.offer().component.load_config().model_json_schema(by_alias=True)
        return schema


def _references(component: Component) -> list[str]:
    return [component.impl, *([component.config] if component.config else [])]


def _entry_modules(package: str) -> list[str]:
    entries = metadata.distribution(package).entry_points.select(group="datagen")
    return sorted({entry.value.partition(":")[0] for entry in entries})


def _everything() -> Context:
    """A context in which everything is there."""
    there: dict[str, Any] = {}
    for field in fields(Context):
        if isinstance(field.default, bool):
            there[field.name] = True
        elif isinstance(field.default, int):
            there[field.name] = 1
    return Context(**there)
