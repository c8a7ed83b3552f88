"""What a JSON template is made of: nodes, and walks over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from datagen_plugin_templater.language import MAX_LEVELS
from datagen_plugin_templater.template import Part, Reference, references


@dataclass(frozen=True, slots=True)
class Const:
    """A string, number, true, false or null that stands in the template."""

    value: Any


@dataclass(frozen=True, slots=True)
class Text:
    """A JSON string with references in it."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number composed of references, such as `20<digit><digit>`; `values` are all it can be.

    `is_canonical` says that no value is written in two ways (1.5 and 1.50).
    """

    parts: tuple[Part, ...]
    values: tuple[Any, ...]
    is_canonical: bool


@dataclass(frozen=True, slots=True)
class Bare:
    """A reference to a rule of JSON values; with `?` the value may be absent."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Object:
    """Keys and their values; an absent value leaves its key out."""

    items: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Array:
    """Elements; a repeated or optional reference among them adds as many as are drawn."""

    elements: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """An empty alternative: no value."""


Node: TypeAlias = Const | Text | Scalar | Bare | Object | Array | Absent
Shapes: TypeAlias = Mapping[str, tuple[Node, ...]]
"""Non-terminal that stands for a JSON value → the node of each of its alternatives."""


def bares(node: Node) -> Iterator[Bare]:
    """The references to JSON values within a node."""
    if isinstance(node, Bare):
        yield node
    for child in children(node):
        yield from bares(child)


def children(node: Node) -> Sequence[Node]:
    """The nodes directly inside a node."""
    if isinstance(node, Object):
        return [child for _, child in node.items]
    return node.elements if isinstance(node, Array) else ()


def texts(node: Node, path: str = "") -> Iterator[tuple[str, Text]]:
    """The strings with references within a node, each with its dotted path."""
    if isinstance(node, Text):
        yield path, node
    if isinstance(node, Object):
        for key, child in node.items:
            yield from texts(child, f"{path}.{key}" if path else key)
    if isinstance(node, Array):
        for element in node.elements:
            yield from texts(element, path + "[]")


def node_references(node: Node) -> list[Reference]:
    """Every reference within a node, text or value."""
    found: list[Reference] = []
    for child in within(node):
        if isinstance(child, Bare):
            found.append(child.reference)
        elif isinstance(child, Text | Scalar):
            found += references(child.parts)
    return found


def optional_names(shapes: Shapes) -> set[str]:
    """The rules that may stand for no value at all."""
    found: set[str] = set()
    for _ in range(MAX_LEVELS):
        before = len(found)
        found |= {name for name, nodes in shapes.items() if any(may_be_absent(node, found) for node in nodes)}
        if len(found) == before:
            break
    return found


def may_be_absent(node: Node, names: set[str]) -> bool:
    """Whether a node may be no value, given the rules that may."""
    if isinstance(node, Bare):
        return node.reference.optional or node.reference.name in names
    return isinstance(node, Absent)


def within(node: Node) -> Iterator[Node]:
    """A node and all nodes inside it."""
    yield node
    for child in children(node):
        yield from within(child)
