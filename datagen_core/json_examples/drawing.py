"""One draw: a value that mostly satisfies a schema, top down."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.json_examples.flattening import NULL_SHARE, Flattening
from datagen_core.json_examples.merging import NoInstance, Schema, item_schemas, json_key, property_schema
from datagen_core.json_examples.numbers import number
from datagen_core.json_examples.patterns import matching
from datagen_core.json_examples.strings import Place, TextFor, string_for

DEEP = 4
"""From this level on optional parts are left out, as they are after MANY values."""
MANY = 150
TOO_DEEP = 40
TOO_MANY = 5_000
USUAL_ITEMS = 3
MAX_REDRAWS = 20
MOSTLY_TRUE = ("pass", "valid", "correct", "faithful", "accept", "supported", "answerable", "good", "success")
KEYWORDS: Mapping[str, Sequence[str]] = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "patternProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""What a schema without a type is about; strings are what is left."""
TYPES: Mapping[type, Sequence[str]] = {
    type(None): ("null",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    str: ("string",),
    list: ("array",),
    dict: ("object",),
}
FLATNESS = ("null", "boolean", "integer", "number", "string", "array", "object")


class Drawing:
    """Draws one value.

    Args:
        root: The whole schema.
        rng: Decides everything.
        text_for: Fills strings that have neither pattern nor format.
        mean_score: See `numbers.number`.
        is_lean: Whether optional properties are there by a coin's toss instead of always.
    """

    def __init__(
        self, root: Any, rng: random.Random, text_for: TextFor, *, mean_score: float, is_lean: bool
    ) -> None:
        self._rng, self._text_for = rng, text_for
        self._mean_score, self._is_lean = mean_score, is_lean
        self._flattening = Flattening(root, rng)
        self._values = 0

    def value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """A value for a schema under a property's name. Raises NoInstance."""
        self._values += 1
        if depth > TOO_DEEP or self._values > TOO_MANY:
            raise NoInstance("it doesn't end")
        is_deep = depth >= DEEP or self._values > MANY
        plain = self._flattening.flat(schema, is_deep=is_deep)
        if "const" in plain or "enum" in plain:
            return self._listed(plain)
        kind = self._kind(plain, is_deep=is_deep)
        if kind == "object":
            return self._object(plain, depth, is_deep=is_deep)
        if kind == "array":
            return self._array(plain, name, depth, is_deep=is_deep)
        return self._scalar(kind, plain, name)

    # -- scalars --------------------------------------------------------------------------------------------

    def _listed(self, schema: Schema) -> Any:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        if "const" in schema and "enum" in schema:
            values = [v for v in values if json_key(v) in {json_key(one) for one in schema["enum"]}]
        if "type" in schema:
            values = [value for value in values if _is_of(value, schema["type"])]
        if not values:
            raise NoInstance("no value is left of an enum")
        return self._rng.choice(values)

    def _kind(self, schema: Schema, *, is_deep: bool) -> str:
        kinds = schema.get("type") or _implied(schema)
        if isinstance(kinds, str):
            return kinds
        if is_deep:
            return min(map(str, kinds), key=FLATNESS.index)
        return str(self._rng.choices(kinds, [NULL_SHARE if kind == "null" else 1 for kind in kinds])[0])

    def _scalar(self, kind: str, schema: Schema, name: str) -> Any:
        hint = f"{name} {schema.get('title', '')}"
        if kind == "boolean":
            is_praise = any(word in hint.lower() for word in MOSTLY_TRUE)
            return self._rng.random() < (self._mean_score if is_praise else 0.5)
        if kind in ("integer", "number"):
            is_whole = kind == "integer"
            return number(schema, self._rng, is_whole=is_whole, mean_score=self._mean_score, hint=hint)
        return None if kind == "null" else string_for(schema, name, self._rng, self._text_for)

    # -- objects --------------------------------------------------------------------------------------------

    def _object(self, schema: Schema, depth: int, *, is_deep: bool) -> dict[str, Any]:
        required = self._required(schema)
        room = schema.get("maxProperties", len(required) + len(schema.get("properties", {})))
        optional = [] if is_deep else [n for n in schema.get("properties", {}) if n not in required]
        if self._is_lean:
            optional = [name for name in optional if self._rng.random() < 0.5]
        wanted = {*required, *optional[: max(0, room - len(required))]}
        out: dict[str, Any] = {}
        for name in dict.fromkeys([*schema.get("properties", {}), *required]):
            if name not in wanted:
                continue
            try:
                out[name] = self.value(property_schema(schema, name), name, depth + 1)
            except NoInstance:
                if name in required:
                    raise
        self._add_others(out, schema, depth, is_deep=is_deep)
        return {name: out[name] for name in self._complete(out, schema)}

    def _required(self, schema: Schema) -> list[str]:
        """What must be there, and what that requires in turn."""
        found = list(schema.get("required", ()))
        for name in found:
            found += [other for other in _requires(schema, name) if other not in found]
        return found

    def _complete(self, out: dict[str, Any], schema: Schema) -> list[str]:
        """The names drawn, without optional ones that require what wasn't drawn."""
        kept = list(out)
        while missing := [name for name in kept if not set(_requires(schema, name)) <= set(kept)]:
            kept = [name for name in kept if name not in missing]
        return kept

    def _add_others(self, out: dict[str, Any], schema: Schema, depth: int, *, is_deep: bool) -> None:
        """Properties under names of their own, where they are demanded or are all that the object is for."""
        is_dictionary = "properties" not in schema and (
            isinstance(schema.get("additionalProperties"), Mapping) or "patternProperties" in schema
        )
        wanted = max(schema.get("minProperties", 0), 2 if is_dictionary and not is_deep else 0)
        wanted = min(wanted, schema.get("maxProperties", wanted))
        for _ in range(wanted + MAX_REDRAWS):
            if len(out) >= wanted:
                return
            try:
                name = self._new_name(schema, depth)
                if name not in out:
                    out[name] = self.value(property_schema(schema, name), name, depth + 1)
            except NoInstance:
                continue  # another name may do; too few are seen by who checks the draw

    def _new_name(self, schema: Schema, depth: int) -> str:
        known = [name for name in schema.get("properties", {}) if self._rng.random() < 0.5]
        if known:
            return str(self._rng.choice(known))
        if isinstance(schema.get("propertyNames"), Mapping):
            return str(self.value({"type": "string", **schema["propertyNames"]}, "name", depth + 1))
        if schema.get("patternProperties"):
            return matching(self._rng.choice(list(schema["patternProperties"])), self._rng)
        return self._text_for(Place(name="key", max_chars=24), self._rng)

    # -- arrays ---------------------------------------------------------------------------------------------

    def _array(self, schema: Schema, name: str, depth: int, *, is_deep: bool) -> list[Any]:
        first, rest = item_schemas(schema)
        least = max(schema.get("minItems", 0), schema.get("minContains", 1) if "contains" in schema else 0)
        usual = 0 if is_deep else self._rng.randint(1, USUAL_ITEMS)
        most = len(first) if rest is False else max(least, len(first), usual)
        wanted = min(max(least, 0 if is_deep else most), schema.get("maxItems", most), most)
        contained = schema.get("minContains", 1) if "contains" in schema else 0
        out: list[Any] = []
        for place in range(wanted):
            item = first[place] if place < len(first) else rest
            if place >= wanted - contained:
                item = {"allOf": [item, schema["contains"]]}
            if not self._add_item(out, item, name, depth, is_unique=bool(schema.get("uniqueItems"))):
                break
        return out

    def _add_item(self, out: list[Any], schema: Any, name: str, depth: int, *, is_unique: bool) -> bool:
        """Whether an item was found that may stand beside the others."""
        there = {json_key(value) for value in out} if is_unique else set()
        for _ in range(MAX_REDRAWS if is_unique else 1):
            try:
                value = self.value(schema, name, depth + 1)
            except NoInstance:
                return False
            if not is_unique or json_key(value) not in there:
                out.append(value)
                return True
        return False


def _requires(schema: Schema, name: str) -> list[str]:
    found = schema.get("dependentRequired", schema.get("dependencies", {})).get(name, [])
    return list(found) if isinstance(found, list) else []


def _implied(schema: Schema) -> str:
    return next((kind for kind, words in KEYWORDS.items() if any(word in schema for word in words)), "string")


def _is_of(value: Any, kinds: str | Sequence[str]) -> bool:
    wanted = {kinds} if isinstance(kinds, str) else set(kinds)
    if isinstance(value, float) and value.is_integer():
        return bool(wanted & {"integer", "number"})
    return bool(wanted & set(TYPES.get(type(value), ())))
