"""Walking the JSON Schema of a component's options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "const")


def nodes(schema: Any, place: str = "options") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema inside a schema, with where it stands; defaults and examples aren't schemas."""
    if isinstance(schema, list):
        for i, item in enumerate(schema):
            yield from nodes(item, f"{place}[{i}]")
    if not isinstance(schema, Mapping):
        return
    yield place, schema
    for key in ("anyOf", "oneOf", "allOf", "prefixItems", "items", "additionalProperties"):
        yield from nodes(schema.get(key), place)
    for name, item in schema.get("properties", {}).items():
        yield from nodes(item, f"{place}.{name}")
    for name, item in schema.get("$defs", {}).items():
        yield from nodes(item, name)


def objects(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The schemas of objects with known properties inside a schema, with where they stand."""
    return [(place, found) for place, found in nodes(schema) if "properties" in found]


def is_unbounded_number(schema: Mapping[str, Any]) -> bool:
    """Whether it is a number with neither end given."""
    return schema.get("type") in ("integer", "number") and not any(bound in schema for bound in _BOUNDS)
