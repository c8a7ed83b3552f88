"""The JSON Schema (draft 2020-12) that a grammar implies, so that no schema need be written beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from datagen_plugin_templater.analysis import cheapest, cycles, visible_cost
from datagen_plugin_templater.grammar import Alternative, Grammar
from datagen_plugin_templater.language import Language
from datagen_plugin_templater.record_templates import makes_records, parse_records
from datagen_plugin_templater.records import (
    Absent,
    Array,
    Bare,
    Const,
    Node,
    Object,
    Scalar,
    Shapes,
    Text,
    bares,
    may_be_absent,
    optional_names,
)
from datagen_plugin_templater.template import Reference, references

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_ENUM = 256
MAX_INLINE_LEVELS = 20
MAX_ONE_OF = 100
Schema: TypeAlias = dict[str, Any]


def derive_schema(grammar: Grammar) -> Schema | None:
    """A schema that accepts every sample of a checked grammar.

    A record's object lists its properties, requires those that are never absent and admits no other. A string
    or number that can take at most 256 values is an `enum` (one value: a `const`), whatever is bound; other
    strings are any string (not the empty one, where a model writes a part). Alternatives of different structure
    are `oneOf` where a type, a key or a constant tells them apart, else `anyOf`. A repeated reference is an array
    with its bounds; recursion is a `$ref`.

    Returns:
        For texts an enum of at most 256 strings, or None when there are more.
    """
    if not makes_records(grammar):
        strings = Language(grammar, MAX_ENUM).of((Reference(grammar.start),))
        return None if strings is None else {"$schema": DIALECT, "type": "string", "enum": strings}
    return _Derivation(grammar, parse_records(grammar)).schema()


class _Derivation:
    def __init__(self, grammar: Grammar, shapes: Shapes) -> None:
        self._start = grammar.start
        self._grammar = grammar
        self._least_visible = cheapest(grammar.rules, visible_cost)
        self._shapes = shapes
        self._language = Language(grammar, MAX_ENUM)
        self._optional = optional_names(shapes)
        self._shared = _shared(shapes)
        self._wanted: list[str] = []
        self._level = 0

    def schema(self) -> Schema:
        body = self._name(self._start)
        definitions: dict[str, Schema] = {}
        while self._wanted:
            name = self._wanted.pop()
            if name not in definitions:
                definitions[name] = self._rule(name)
        out = {"$schema": DIALECT, **body}
        return {**out, "$defs": dict(sorted(definitions.items()))} if definitions else out

    def _name(self, name: str) -> Schema:
        if name in self._shared or self._level >= MAX_INLINE_LEVELS:
            self._wanted.append(name)
            return {"$ref": f"#/$defs/{quote(name)}"}
        return self._rule(name)

    def _rule(self, name: str) -> Schema:
        self._level += 1
        closed: list[Any] = []
        others: list[Schema] = []
        for node in self._shapes[name]:
            values = self._values(node)
            if values is not None:
                closed += values
            elif not isinstance(node, Absent):
                others.append(self._node(node))
        self._level -= 1
        return _either([*([_closed(closed)] if closed else []), *others])

    def _values(self, node: Node) -> list[Any] | None:
        if isinstance(node, Const):
            return [node.value]
        if isinstance(node, Text):
            return self._language.of(node.parts)
        if isinstance(node, Scalar) and len(node.values) <= MAX_ENUM:
            return list(node.values)
        return None

    def _node(self, node: Node) -> Schema:
        values = self._values(node)
        if values is not None:
            return _closed(values)
        if isinstance(node, Object):
            return self._object(node)
        if isinstance(node, Array):
            return self._array(node)
        if isinstance(node, Bare):
            return self._name(node.reference.name)
        if isinstance(node, Scalar):
            kind = _types(node.values)
            low, high = min(node.values), max(node.values)
            return {"type": kind.pop() if len(kind) == 1 else "number", "minimum": low, "maximum": high}
        return self._open_text(node) if isinstance(node, Text) else {"type": "string"}

    def _open_text(self, node: Text) -> Schema:
        is_written = self._grammar.holds_slots(r.name for r in references(node.parts))
        is_visible = visible_cost(Alternative(node.parts), self._least_visible) > 0
        return {"type": "string", **({"minLength": 1} if is_written and is_visible else {})}

    def _object(self, node: Object) -> Schema:
        self._level += 1
        properties = {key: self._node(child) for key, child in node.items if not isinstance(child, Absent)}
        self._level -= 1
        required = [key for key, child in node.items if not may_be_absent(child, self._optional)]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    def _array(self, node: Array) -> Schema:
        self._level += 1
        elements = [(self._node(child), *_bounds(child)) for child in node.elements]
        self._level -= 1
        limits = {
            "minItems": sum(low for _, low, _ in elements),
            "maxItems": sum(high for *_, high in elements),
        }
        fixed = [schema for schema, low, high in elements if low == high == 1]
        distinct = _distinct(schema for schema, _, _ in elements)
        if not elements:
            return {"type": "array", "maxItems": 0}
        if len(distinct) == 1:
            return {"type": "array", "items": distinct[0], **limits}
        if len(fixed) == len(elements):
            return {"type": "array", "prefixItems": fixed, "items": False, **limits}
        if all(low == high == 1 for _, low, high in elements[:-1]):
            return {"type": "array", "prefixItems": fixed, "items": elements[-1][0], **limits}
        return {"type": "array", "items": {"anyOf": distinct}, **limits}


def _shared(shapes: Shapes) -> set[str]:
    """The rules that stand in $defs: recursive ones, and structures that are referred to more than once."""
    graph = {n: [b.reference.name for node in nodes for b in bares(node)] for n, nodes in shapes.items()}
    uses = Counter(name for targets in graph.values() for name in targets)
    plain = {n for n, nodes in shapes.items() if not any(isinstance(node, Object | Array) for node in nodes)}
    repeated = {name for name, times in uses.items() if times > 1 and name not in plain}
    return repeated.union(*cycles(graph))


def _bounds(node: Node) -> tuple[int, int]:
    return (node.reference.low, node.reference.high) if isinstance(node, Bare) else (1, 1)


def _closed(values: Sequence[Any]) -> Schema:
    distinct = list({_key(value): value for value in values}.values())
    if len(distinct) == 1:
        return {"const": distinct[0]}
    kinds = _types(distinct)
    return {**({"type": kinds.pop()} if len(kinds) == 1 else {}), "enum": distinct}


def _either(schemas: Iterable[Schema]) -> Schema:
    distinct = _distinct(schemas)
    if len(distinct) < 2:
        return distinct[0] if distinct else {"not": {}}  # a value that is always absent
    pairs = ((a, b) for i, a in enumerate(distinct) for b in distinct[:i])
    is_one = len(distinct) <= MAX_ONE_OF and all(_are_disjoint(a, b) for a, b in pairs)
    return {"oneOf" if is_one else "anyOf": distinct}


def _distinct(schemas: Iterable[Schema]) -> list[Schema]:
    return list({json.dumps(schema, sort_keys=True): schema for schema in schemas}.values())


def _are_disjoint(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether no value satisfies both, as far as types, constants and required keys show."""
    kinds, other_kinds = _kinds(one), _kinds(other)
    if not kinds or not other_kinds:
        return False
    if not kinds & other_kinds:
        return True
    values, other_values = _listed(one), _listed(other)
    if values is not None and other_values is not None:
        return not {_key(v) for v in values} & {_key(v) for v in other_values}
    if kinds != {"object"} or other_kinds != {"object"}:
        return False
    mine, others = one["properties"], other["properties"]
    if set(one["required"]) - set(others) or set(other["required"]) - set(mine):
        return True
    both = set(one["required"]) & set(other["required"])
    return any(_are_disjoint(mine[key], others[key]) for key in both)


def _listed(schema: Mapping[str, Any]) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _key(value: Any) -> str:
    """Equal for values that JSON Schema takes as equal, such as 1 and 1.0."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    """The JSON types a schema admits, whole numbers counted as numbers; empty when it doesn't say."""
    values = _listed(schema)
    kinds = _types(values) if values is not None else {schema["type"]} if "type" in schema else set()
    return {"number" if kind == "integer" else kind for kind in kinds}


def _types(values: Iterable[Any]) -> set[str]:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return {names[type(value)] for value in values}
