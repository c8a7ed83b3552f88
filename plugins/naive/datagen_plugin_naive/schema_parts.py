"""A recipe's JSON Schema taken apart: which properties it lists, which of them is the label, what a part of it says."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from datagen_core.errors import DatagenError, InputError
from datagen_core.llm.structured import AnswerSchema

USUAL_LABEL_NAMES = ("label", "sentiment", "category", "intent", "class")
OF_THE_WHOLE = ("$schema", "$defs", "definitions", "title", "description", "additionalProperties")
"""What a part of an object's schema keeps of it; rules over several properties are checked on the whole record."""


def properties_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties that a schema of objects lists; none for any other schema."""
    listed = schema.get("properties")
    return listed if isinstance(listed, Mapping) else {}


def describes_text(schema: Mapping[str, Any]) -> bool:
    """Whether a schema's instances are strings: the row is then the text itself, not JSON."""
    if "type" in schema:
        return schema["type"] in ("string", ["string"])
    values = list(_closed(schema).values())
    return bool(values) and all(isinstance(value, str) for value in values)


def label_property(schema: Mapping[str, Any], labels: Sequence[str]) -> str | None:
    """The property whose values are exactly the labels; of several, one with a usual name, else the first."""
    wanted = set(labels)
    closed = [name for name, found in properties_of(schema).items() if set(_closed(found)) == wanted]
    usual = [name for name in closed if name.lower() in USUAL_LABEL_NAMES]
    return next(iter(usual or closed), None) if labels else None


def label_value(schema: Mapping[str, Any], name: str, label: str) -> Any:
    """The value that stands for a label in that property."""
    return _closed(properties_of(schema)[name])[label]


def typed(value: Any, schema: Mapping[str, Any], name: str) -> Any:
    """A cell as a property wants it: text that is a number, truth value or null by the schema is read as such.

    CSV has text alone. Where the schema allows text, or the text is nothing of the kind, it stays as it is.
    """
    found = properties_of(schema).get(name)
    kinds = found.get("type", "string") if isinstance(found, Mapping) else "string"
    if not isinstance(value, str) or "string" in ([kinds] if isinstance(kinds, str) else kinds):
        return value
    try:
        read = json.loads(value.strip().lower())
    except ValueError:
        return value
    return value if isinstance(read, dict | list | str) else read


def part(schema: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """What an object's schema says of some of its properties, each by itself."""
    return {
        **{key: schema[key] for key in OF_THE_WHOLE if key in schema},
        "type": "object",
        "properties": {name: value for name, value in properties_of(schema).items() if name in names},
        "required": [name for name in schema.get("required", ()) if name in names],
    }


def compiled(schema: Mapping[str, Any]) -> AnswerSchema:
    """A schema ready for answers; raises InputError where it isn't valid."""
    made = AnswerSchema(schema)
    try:
        made.violation(None)
    except DatagenError as error:
        raise InputError(
            error.message, where="json_schema", expected=error.expected, hint=error.hint
        ) from error
    return made


def _closed(found: Any) -> dict[str, Any]:
    """The values of a closed schema, by how a label writes them."""
    if not isinstance(found, Mapping):
        return {}
    values = found.get("enum", [found["const"]] if "const" in found else [])
    return {str(value): value for value in values}
