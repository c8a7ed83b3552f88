"""Two JSON Schemas made into one that demands both."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import zip_longest
from math import gcd
from typing import Any

Schema = Mapping[str, Any]
COMBINING = ("$ref", "anyOf", "oneOf")
"""What a schema may demand several of; the second goes into `allOf`."""


class NoInstance(Exception):
    """Nothing satisfies this; another choice may do."""


def merge(first: Schema, second: Schema) -> dict[str, Any]:
    """A schema that demands what both do; titles, descriptions and formats are the first's.

    Exact but for `not` and `contains`, of which the first's alone are kept. Raises NoInstance where the two
    contradict each other openly.
    """
    out = {**first, **_properties(first, second), **_items(first, second)}
    second = {key: value for key, value in second.items() if key not in ("properties", "prefixItems")}
    if "prefixItems" in out:
        second.pop("items", None)
    _set_apart(out, second)
    for key, value in second.items():
        if key not in out:
            out[key] = value
        elif key in _RULES:
            out[key] = _RULES[key](out[key], value)
    return out


def both(first: Any, second: Any) -> Any:
    """As `merge`, for schemas that may be booleans."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return merge(first, second)
    if first is False or second is False:
        return False
    return first if isinstance(first, Mapping) else second


def property_schema(schema: Schema, name: str) -> Any:
    """What a property must satisfy: its own schema and those of patterns, else the one for all others."""
    parts = [part for place, part in schema.get("properties", {}).items() if place == name]
    parts += [part for pattern, part in schema.get("patternProperties", {}).items() if _finds(pattern, name)]
    if not parts:
        return schema.get("additionalProperties", True)
    out = parts[0]
    for part in parts[1:]:
        out = both(out, part)
    return out


def item_schemas(schema: Schema) -> tuple[list[Any], Any]:
    """The schemas of the first items and of all others; up to draft 2019-09 a list of `items` are the first."""
    items = schema.get("items", True)
    if isinstance(items, list):
        return items, schema.get("additionalItems", True)
    return list(schema.get("prefixItems", ())), items


def json_key(value: Any) -> Any:
    """Something hashable that is equal for values that JSON Schema holds equal: 1 and 1.0, but not true."""
    if isinstance(value, Mapping):
        return ("object", frozenset((name, json_key(part)) for name, part in value.items()))
    if isinstance(value, list | tuple):
        return ("array", tuple(json_key(part) for part in value))
    return (isinstance(value, bool), value)


def _finds(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


def _properties(first: Schema, second: Schema) -> dict[str, Any]:
    if "properties" not in first and "properties" not in second:
        return {}
    names = [*first.get("properties", {}), *second.get("properties", {})]
    merged = {
        name: both(property_schema(first, name), property_schema(second, name))
        for name in dict.fromkeys(names)
    }
    return {"properties": {name: part for name, part in merged.items() if part is not False}}


def _items(first: Schema, second: Schema) -> dict[str, Any]:
    (own, own_rest), (others, others_rest) = item_schemas(first), item_schemas(second)
    if not own and not others:
        return {}
    places = zip_longest(own, others)
    merged = [both(own_rest if a is None else a, others_rest if b is None else b) for a, b in places]
    return {"prefixItems": merged, "items": both(own_rest, others_rest)}


def _set_apart(out: dict[str, Any], second: dict[str, Any]) -> None:
    """Moves what both demand, and no one schema can, from the second to the first's `allOf`."""
    apart = [{key: second.pop(key)} for key in COMBINING if key in out and key in second]
    if "if" in out and "if" in second:
        apart.append({key: second.pop(key) for key in ("if", "then", "else") if key in second})
    if apart:
        out["allOf"] = [*out.get("allOf", ()), *apart]


def _types(first: Any, second: Any) -> list[str]:
    own, other = ([kinds] if isinstance(kinds, str) else list(kinds) for kinds in (first, second))
    common = [kind for kind in own if kind in other or (kind == "integer" and "number" in other)]
    common += [kind for kind in other if kind == "integer" and kind not in own and "number" in own]
    if not common:
        raise NoInstance(f"{first} and {second}")
    return common


def _common_values(first: list[Any], second: list[Any]) -> list[Any]:
    allowed = {json_key(value) for value in second}
    return [value for value in first if json_key(value) in allowed]


def _same(first: Any, second: Any) -> Any:
    if json_key(first) != json_key(second):
        raise NoInstance(f"{first!r} and {second!r}")
    return first


def _each(first: Schema, second: Schema) -> dict[str, Any]:
    return {
        name: both(first.get(name, True), second.get(name, True)) for name in dict.fromkeys([*first, *second])
    }


def _union(first: list[Any], second: list[Any]) -> list[Any]:
    return list(dict.fromkeys([*first, *second]))


def _unions(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    names = dict.fromkeys([*first, *second])
    return {name: _union(first.get(name, []), second.get(name, [])) for name in names}


def _multiple(first: float, second: float) -> float:
    a, b = Fraction(str(first)), Fraction(str(second))
    scale = a.denominator * b.denominator
    x, y = int(a * scale), int(b * scale)
    common = Fraction(x * y // gcd(x, y), scale)
    return int(common) if common.denominator == 1 else float(common)


def patterns(value: Any) -> tuple[str, ...]:
    """The regular expressions under `pattern`: one, or after a merge several."""
    return (value,) if isinstance(value, str) else tuple(value)


def _strictest(pick: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def rule(first: Any, second: Any) -> Any:
        flags = [value for value in (first, second) if isinstance(value, bool)]
        return any(flags) if flags else pick(first, second)

    return rule


_RULES: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "const": _same,
    "enum": _common_values,
    "allOf": lambda first, second: [*first, *second],
    "required": _union,
    "dependentRequired": _unions,
    "patternProperties": _each,
    "multipleOf": _multiple,
    "pattern": lambda first, second: tuple(dict.fromkeys([*patterns(first), *patterns(second)])),
    "uniqueItems": lambda first, second: first or second,
    **dict.fromkeys(("additionalProperties", "items", "propertyNames"), both),
    **dict.fromkeys(
        ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), _strictest(min)
    ),
    **dict.fromkeys(
        ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), _strictest(max)
    ),
}
