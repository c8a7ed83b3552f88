"""Where a row's label comes from: a non-terminal of a text grammar, or a field of the records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from datagen_core.errors import InputError
from datagen_plugin_templater.grammar import Grammar, nearest
from datagen_plugin_templater.language import Language
from datagen_plugin_templater.records import Bare, Const, Node, Object, Shapes, Text

MAX_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class LabelSource:
    """`name` is the non-terminal of a text grammar; `path` the keys that lead to the field of a record."""

    name: str | None = None
    path: tuple[str, ...] = ()


def find_label(
    grammar: Grammar, shapes: Shapes | None, option: str | None, wanted: Sequence[str]
) -> LabelSource | None:
    """The label that the grammar names, else the option, else a record field that takes just the wanted values.

    Args:
        grammar: A checked grammar.
        shapes: The nodes of a grammar of records; None for a grammar of texts.
        option: A name from the component's options.
        wanted: The labels of the recipe.

    Raises:
        InputError: a named label that is undefined, or a field that some record lacks or that is no plain
            reference and no constant.
    """
    named = grammar.label or option
    if shapes is None:
        if named is not None and named not in grammar.rules:
            raise InputError(
                f"the label {named} is undefined",
                where=f"{grammar.where}.label",
                expected="a non-terminal whose value is the label",
                hint=nearest(named, grammar.rules),
            )
        return LabelSource(name=named) if named is not None else None
    roots = root_objects(grammar, shapes)
    if named is not None:
        source = LabelSource(path=tuple(named.split(".")))
        for node in roots:
            label_leaf(node, source.path, f"{grammar.where}.label")
        return source
    return next((s for s in _fields(roots[0]) if wanted and _takes(grammar, roots, s, set(wanted))), None)


def root_objects(grammar: Grammar, shapes: Shapes) -> list[Object]:
    """The objects that a sample can be, in the grammar's order."""
    found: list[Object] = []
    seen: set[str] = set()
    waiting = [grammar.start]
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        for node in shapes[name]:
            if isinstance(node, Bare):
                waiting.append(node.reference.name)
            elif isinstance(node, Object):
                found.append(node)
    return found


def label_leaf(node: Node, path: Sequence[str], where: str = "label") -> str | Const:
    """The non-terminal or the constant that a record has at the label's place.

    Raises:
        InputError: there is none, or it is composed of several parts.
    """
    for i, key in enumerate(path):
        items = dict(node.items) if isinstance(node, Object) else {}
        if key not in items:
            raise InputError(
                f"a record has no field {'.'.join(path[: i + 1])}",
                where=where,
                expected="a field of every record that the start can make",
                hint=nearest(key, items) or (f"it has {', '.join(items)}"[:200] if items else None),
            )
        node = items[key]
    if isinstance(node, Const):
        return node
    if isinstance(node, Text) and len(node.parts) == 1 and not isinstance(node.parts[0], str):
        reference = node.parts[0]
    elif isinstance(node, Bare):
        reference = node.reference
    else:
        reference = None
    if reference is None or not reference.is_plain:
        raise InputError(
            f"the label field {'.'.join(path)} is composed",
            where=where,
            expected='a constant, or a single reference such as "<sentiment>"',
        )
    return reference.name


def label_names(grammar: Grammar, shapes: Shapes | None, source: LabelSource | None) -> list[str]:
    """The non-terminals that the label is drawn from."""
    if source is None:
        return []
    if shapes is None:
        return [source.name] if source.name is not None else []
    leaves = [label_leaf(node, source.path) for node in root_objects(grammar, shapes)]
    return sorted({leaf for leaf in leaves if isinstance(leaf, str)})


def with_label(node: Object, path: Sequence[str], text: str) -> tuple[Object, str]:
    """A record's node with the drawn text put in the label's place, and the label it then has."""
    key, rest = path[0], path[1:]
    child = dict(node.items)[key]
    if rest and isinstance(child, Object):
        new: Node
        new, label = with_label(child, rest, text)
    else:
        value = json.loads(text) if isinstance(child, Bare) else text
        new, label = Const(value), plain_label(value)
    return Object(tuple((k, new if k == key else c) for k, c in node.items)), label


def plain_label(value: object) -> str:
    """A JSON value as a label: strings as they are, others as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _fields(node: Object) -> list[LabelSource]:
    return [LabelSource(path=(key,)) for key, child in node.items if isinstance(child, Const | Text | Bare)]


def _takes(grammar: Grammar, roots: Sequence[Object], source: LabelSource, wanted: set[str]) -> bool:
    language = Language(grammar, MAX_VALUES)
    found: set[str] = set()
    for node in roots:
        try:
            leaf = label_leaf(node, source.path)
        except InputError:
            return False
        if isinstance(leaf, Const):
            found.add(plain_label(leaf.value))
            continue
        alternatives = grammar.rules[leaf]
        strings = [
            language.of(alternative.parts) for alternative in alternatives if alternative.prompt is None
        ]
        if len(strings) < len(alternatives) or None in strings:
            return False
        found.update(text for some in strings for text in some or ())
    return found == wanted
