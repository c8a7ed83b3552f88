"""The JSON Schema of recipes, for what is installed: editors complete and check recipes with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from datagen_core.model_names import ANY
from datagen_core.plugins.host import Host, Offer, installed
from datagen_core.recipe import ArmUse, ModelUse, Recipe

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOREIGN_KEYS: Mapping[str, str] = {
    "job_id": "another word for name",
    "router_config": "another vocabulary's arms and router",
    "output_path": "another word for export: [{path}]",
    "output_format": "another word for export: [{format}]",
}


def recipe_schema(host: Host | None = None) -> dict[str, Any]:
    """The schema (2020-12) of a recipe with every installed component's options, defaults and ranges."""
    return _Writer(host or installed()).schema()


GIVEN_ROWS: Mapping[str, Any] = {"type": "array", "minItems": 1, "items": {"type": ["object", "string"]}}
"""Rows in the recipe itself, where a file could be named."""
_VALUES = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
_SHARES = {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1}
BARE_COVERAGE: Mapping[str, Any] = {
    "type": "object",
    "properties": {"least": {"type": "integer"}},
    "additionalProperties": {"anyOf": [_VALUES, _SHARES]},
    "not": {"required": ["by"]},
}
"""Keys and their values, as they may stand without `by:`."""
BARE_MEMORY: Mapping[str, Any] = {"enum": ["off", "read", "on", True, False]}


class _Writer:
    def __init__(self, host: Host) -> None:
        self.host = host
        self.definitions: dict[str, Any] = {}

    def schema(self) -> dict[str, Any]:
        whole = Recipe.model_json_schema(by_alias=True)
        self.definitions.update(whole.pop("$defs"))
        for unused in ("Use", "ArmUse", "ModelUse"):
            self.definitions.pop(unused, None)
        properties: dict[str, Any] = whole["properties"]
        for key, kind in (
            ("reward", "reward"),
            ("router", "router"),
            ("evaluation", "evaluator"),
            ("embedder", "embedder"),
            ("retriever", "retriever"),
        ):
            properties[key] = {"description": properties[key].get("description", ""), **self._use(kind)}
        properties["arms"] = {**_described(properties["arms"]), "type": "array", "items": self._arm()}
        properties["models"] = {
            **_described(properties["models"]),
            "type": "object",
            "additionalProperties": self._model(),
        }
        validators = {"type": "array", "items": self._use("validator", named=True)}
        properties["validators"] = {
            **_described(properties["validators"]),
            "anyOf": [
                validators,
                {"const": "auto"},
                {"type": "object", "description": "name: {enabled, threshold, …}"},
            ],
        }
        labels = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
        properties["labels"] = {**_described(properties["labels"]), "anyOf": [labels, properties["labels"]]}
        for key in ("seeds", "unlabelled"):
            options = properties[key]["anyOf"]
            properties[key] = {
                **_described(properties[key]),
                "anyOf": [{"type": "string", "description": "a path"}, GIVEN_ROWS, *options],
            }
        for key, short in (("coverage", BARE_COVERAGE), ("memory", BARE_MEMORY)):
            whole_form = {name: part for name, part in properties[key].items() if name != "description"}
            properties[key] = {**_described(properties[key]), "anyOf": [short, whole_form]}
        self._rows_as_paths()
        exporters = {"enum": self.host.names("exporter")}
        self.definitions["Export"]["properties"]["format"].update(exporters)
        for key, meaning in FOREIGN_KEYS.items():
            properties[key] = {"description": meaning}
        return {"$schema": DIALECT, **whole, "title": "DataGen recipe", "$defs": self.definitions}

    def _rows_as_paths(self) -> None:
        """In components' options too, a bare path stands for a source of rows."""
        for name, definition in list(self.definitions.items()):
            if name == "RowsSource" or name.endswith(".RowsSource"):
                self.definitions[name] = {"anyOf": [{"type": "string"}, GIVEN_ROWS, definition]}

    def _use(self, kind: str, *, named: bool = False) -> dict[str, Any]:
        """A component of a kind: its name alone, or with options."""
        options: list[dict[str, Any]] = [{"type": "string", "enum": self.host.names(kind)}]
        for offer in self.host.of_kind(kind):
            options.append(self._with_options(offer, {"name": {"type": "string"}} if named else {}))
        return {"anyOf": options}

    def _arm(self) -> dict[str, Any]:
        more = {
            key: _described(field) | {"type": "object" if key == "attributes" else "array"}
            for key, field in ArmUse.model_json_schema()["properties"].items()
            if key in ("attributes", "gate")
        }
        more["name"] = {"type": "string", "minLength": 1, "description": "the arm's name"}
        budget = _described(ArmUse.model_json_schema()["properties"]["budget"])
        more["budget"] = {**budget, "$ref": "#/$defs/CallBudget"}
        options: list[dict[str, Any]] = [{"type": "string", "enum": self.host.names("generator")}]
        options += [self._with_options(offer, more) for offer in self.host.of_kind("generator")]
        links = {"type": "array", "minItems": 1, "items": self._use("generator")}
        chain = {"type": "object", "properties": {**more, "chain": links}, "required": ["chain"]}
        return {"anyOf": [*options, {**chain, "additionalProperties": False}]}

    def _model(self) -> dict[str, Any]:
        """A model: its name alone, or with its limits and the options of the component that reaches it."""
        offers = self.host.of_kind("model")
        specific = [_begins(offer) for offer in offers if ANY not in offer.component.serves]
        options: list[dict[str, Any]] = [{"type": "string", "minLength": 1, "description": "provider/name"}]
        for offer in offers:
            own: dict[str, Any] = {"pattern": _begins(offer)}
            if ANY in offer.component.serves:
                own = {"not": {"pattern": "|".join(specific)}} if specific else {}
            options.append(self._model_of(offer, own))
        return {"anyOf": options}

    def _model_of(self, offer: Offer, names: Mapping[str, Any]) -> dict[str, Any]:
        """A model of one component, which is named by `use`, or found by what the name is like."""
        limits = ModelUse.model_json_schema()["properties"]
        limits["use"] = {**_described(limits["use"]), "enum": [offer.name]}
        options = self.definitions.pop(self._options(offer)["$ref"].removeprefix("#/$defs/"))
        return {
            "type": "object",
            "description": offer.component.summary,
            "properties": {**limits, **options.get("properties", {})},
            "required": ["name"],
            "additionalProperties": False,
            "anyOf": [{"required": ["use"]}, {"properties": {"name": names}}],
        }

    def _with_options(self, offer: Offer, more: Mapping[str, Any]) -> dict[str, Any]:
        names = [offer.name, *(f"{offer.name}-{preset.name}" for preset in offer.component.presets)]
        return {
            "type": "object",
            "description": offer.component.summary,
            "properties": {"use": {"enum": names}, "with": self._options(offer), **more},
            "required": ["use"],
            "additionalProperties": False,
        }

    def _options(self, offer: Offer) -> dict[str, Any]:
        """A reference to a component's options; what its schema defines gets names of its own."""
        key = f"{offer.kind}.{offer.name}"
        if key not in self.definitions:
            schema = offer.component.load_config().model_json_schema(by_alias=True)
            inner = schema.pop("$defs", {})
            schema.pop("required", None)  # a preset may have set what the options require
            for name, definition in inner.items():
                self.definitions[f"{key}.{name}"] = _renamed(definition, key, inner)
            self.definitions[key] = _renamed(schema, key, inner)
        return {"$ref": f"#/$defs/{key}"}


def _begins(offer: Offer) -> str:
    """A pattern of the names that a model component serves: its own, where it serves no prefix."""
    component = offer.component
    if not component.serves:
        return f"^{_literal(component.name)}$"
    prefixes = [f"{_literal(prefix)}/" for prefix in component.serves]
    bare = [f"{_literal(start)}[^/]*$" for start in component.bare_names]
    return f"^({'|'.join([*prefixes, *bare])})"


def _literal(text: str) -> str:
    return re.escape(text).replace("\\-", "-")  # JavaScript takes no escaped hyphen, and needs none


def _renamed(value: Any, key: str, inner: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, key, inner) for item in value]
    if not isinstance(value, dict):
        return value
    out = {name: _renamed(item, key, inner) for name, item in value.items()}
    reference = out.get("$ref")
    if isinstance(reference, str) and reference.removeprefix("#/$defs/") in inner:
        out["$ref"] = f"#/$defs/{key}.{reference.removeprefix('#/$defs/')}"
    return out


def _described(field: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": field["description"]} if "description" in field else {}
