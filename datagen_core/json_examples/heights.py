"""How deep the smallest instance of a schema is, so that recursion can be ended where it gets deep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any
from urllib.parse import unquote

from datagen_core.json_examples.merging import NoInstance, Schema


def resolve(root: Any, reference: str) -> Any:
    """The schema that `#`, `#/path` or `#anchor` points to. Raises NoInstance where nothing is there."""
    if not reference.startswith("#"):
        raise NoInstance(f"{reference} is another document")
    if not reference.startswith("#/"):
        return root if reference == "#" else _anchored(root, reference[1:])
    found = root
    for part in unquote(reference[2:]).split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (KeyError, IndexError, ValueError, TypeError):
            raise NoInstance(f"nothing at {reference}") from None
    return found


def _anchored(schema: Any, anchor: str) -> Any:
    for part in _within(schema):
        if part.get("$anchor") == anchor:
            return part
    raise NoInstance(f"no anchor {anchor}")


def _within(value: Any) -> Iterator[Schema]:
    if isinstance(value, Mapping):
        yield value
        for part in value.values():
            yield from _within(part)
    elif isinstance(value, list):
        for part in value:
            yield from _within(part)


class Heights:
    """Levels of the smallest instance: 0 for a scalar, 1 for a list of one, infinite where recursion has no end."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._known: dict[str, float] = {}
        self._seen: set[str] = set()

    def of(self, schema: Any) -> float:
        """A fixed point: heights of references start as infinite and fall until none changes."""
        while True:
            before, self._seen = dict(self._known), set()
            height = self._height(schema)
            if before == self._known:
                return height

    def _height(self, schema: Any) -> float:
        if not isinstance(schema, Mapping):
            return inf if schema is False else 0
        parts = [self._own(schema)]
        if "$ref" in schema:
            parts.append(self._of_reference(schema["$ref"]))
        parts += [self._height(part) for part in schema.get("allOf", ())]
        parts += [
            min(map(self._height, schema[key]), default=inf) for key in ("anyOf", "oneOf") if key in schema
        ]
        return max(parts)

    def _own(self, schema: Schema) -> float:
        kinds = schema.get("type")
        is_container = {kinds} if isinstance(kinds, str) else set(kinds or ())
        if "const" in schema or "enum" in schema or is_container - {"object", "array"}:
            return 0
        found = [0.0]
        properties = schema.get("properties", {})
        found += [1 + self._height(properties.get(name, True)) for name in schema.get("required", ())]
        if schema.get("minItems", 0) > 0:
            found.append(1 + self._height(schema.get("items", True)))
            found += [1 + self._height(part) for part in schema.get("prefixItems", ())]
        return max(found)

    def _of_reference(self, reference: str) -> float:
        if reference not in self._seen:
            self._seen.add(reference)
            self._known.setdefault(reference, inf)
            try:
                self._known[reference] = self._height(resolve(self._root, reference))
            except NoInstance:
                self._known[reference] = inf
        return self._known[reference]
