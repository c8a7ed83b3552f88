"""Reading JSON templates: what stands inside a string is text, what stands bare is a JSON value or a rule of such."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from datagen_core.errors import InputError
from datagen_plugin_templater.grammar import Alternative, Grammar
from datagen_plugin_templater.language import Language
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
    optional_names,
    within,
)
from datagen_plugin_templater.template import Part, Reference

MAX_NESTING = 20
MAX_SCALARS = 10_000
_OPENING = re.compile(r'\s*\{\s*["}]')
_MARK = re.compile("\0([0-9]+)\0(B?)")


def makes_records(grammar: Grammar) -> bool:
    """Whether the start leads to a JSON object, directly or through rules that are a single reference."""
    seen: set[str] = set()
    waiting = [grammar.start]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for alternative in grammar.rules[name]:
            if alternative.parts and isinstance(alternative.parts[0], str):
                if _OPENING.match(alternative.parts[0]):
                    return True
            elif len(alternative.parts) == 1:
                waiting += [r.name for r in alternative.references if r.is_plain]
    return False


def parse_records(grammar: Grammar) -> Shapes:
    """The nodes of every rule that stands for a JSON value, from the start on.

    Raises:
        InputError: a template there that isn't JSON, has a reference or a repeated name as key, nests deeper
            than 20 levels, or is a start that isn't an object.
    """
    language = Language(grammar, MAX_SCALARS)
    shapes: dict[str, tuple[Node, ...]] = {}
    waiting = [grammar.start]
    while waiting:
        name = waiting.pop()
        if name in shapes:
            continue
        shapes[name] = tuple(
            _parse(alternative, grammar.place(name, i), language)
            for i, alternative in enumerate(grammar.rules[name])
        )
        waiting += [bare.reference.name for node in shapes[name] for bare in bares(node)]
    _check_start(grammar, shapes)
    _check_places(grammar, shapes)
    return shapes


def _parse(alternative: Alternative, where: str, language: Language) -> Node:
    if alternative.prompt is not None:
        raise InputError(
            "llm_fill: stands where a JSON value is needed",
            where=where,
            expected="text",
            hint='put the reference in quotes: "<name>"',
        )
    if all(isinstance(part, str) and not part.strip() for part in alternative.parts):
        return Absent()
    try:
        data = json.loads(
            _marked(alternative.parts),
            strict=False,
            object_pairs_hook=_Pairs,
            parse_float=_finite,
            parse_constant=_finite,
        )
        return _value(data, alternative.parts, 0)
    except _TemplateError as error:
        raise InputError(str(error), where=where, expected="a JSON template") from None
    except (ValueError, RecursionError) as error:
        scalar = _scalar(alternative, language)
        if scalar is None:
            raise _not_json(alternative, where, error) from None
        return scalar


class _Pairs(list[tuple[str, Any]]):
    pass


class _TemplateError(Exception):
    pass


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _TemplateError(f"{text} is no JSON number")
    return value


def _node(data: Any, parts: Sequence[Part], level: int) -> Node:
    if level > MAX_NESTING:
        raise _TemplateError(f"nested deeper than {MAX_NESTING} levels")
    if isinstance(data, _Pairs):
        keys = [key for key, _ in data]
        if len(set(keys)) < len(keys):
            raise _TemplateError("a key stands twice")
        if any(_MARK.search(key) for key in keys):
            raise _TemplateError("a key holds a reference")
        return Object(tuple((key, _value(child, parts, level + 1)) for key, child in data))
    if isinstance(data, list):
        return Array(tuple(_node(child, parts, level + 1) for child in data))
    return _leaf(data, parts)


def _value(data: Any, parts: Sequence[Part], level: int) -> Node:
    """A property's value: a repeated reference there is an array of its own."""
    node = _node(data, parts, level)
    repeats = isinstance(node, Bare) and not node.reference.is_plain and not node.reference.optional
    return Array((node,)) if repeats else node


def _leaf(data: Any, parts: Sequence[Part]) -> Node:
    if not isinstance(data, str):
        return Const(data)
    if "\0" in _MARK.sub("", data) or any("\ud800" <= character <= "\udfff" for character in data):
        raise _TemplateError("a string holds U+0000 or half of a surrogate pair")
    pieces = _MARK.split(data)  # text, number, flag, text, number, flag … text
    inside: list[Part] = []
    for i in range(0, len(pieces), 3):
        if pieces[i]:
            inside.append(pieces[i])
        if i + 1 < len(pieces):
            reference = parts[int(pieces[i + 1])]
            if isinstance(reference, str):
                raise _TemplateError("a string holds U+0000")
            if pieces[i + 2]:
                return Bare(reference)
            inside.append(reference)
    return Text(tuple(inside)) if len(pieces) > 1 else Const(data)


def _scalar(alternative: Alternative, language: Language) -> Scalar | None:
    strings = language.of(alternative.parts)
    try:
        values = [json.loads(text, parse_float=_finite, parse_constant=_finite) for text in strings or ()]
    except (ValueError, RecursionError, _TemplateError):
        return None
    if not values or not all(isinstance(value, int | float) for value in values):
        return None
    by_text = {json.dumps(value): value for value in values}
    return Scalar(alternative.parts, tuple(by_text.values()), list(by_text) == strings)


def _not_json(alternative: Alternative, where: str, error: Exception) -> InputError:
    shown = "".join(part if isinstance(part, str) else f"<{part}>" for part in alternative.parts)
    return InputError(
        f"not JSON: {shown[:80]!r} ({str(error).split(':')[0]})",
        where=where,
        expected="a JSON value, because it is referred to outside of quotes or starts a record",
        hint='for text, put the reference in quotes: "<name>"',
    )


def _check_start(grammar: Grammar, shapes: Shapes) -> None:
    seen: set[str] = set()
    waiting = [grammar.start]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for i, node in enumerate(shapes[name]):
            if isinstance(node, Bare) and node.reference.is_plain:
                waiting.append(node.reference.name)
            elif not isinstance(node, Object):
                raise InputError(
                    "this alternative of the start is no JSON object, others are",
                    where=grammar.place(name, i),
                    expected="only objects, or only text",
                )


def _check_places(grammar: Grammar, shapes: Shapes) -> None:
    optional = optional_names(shapes)
    for name, nodes in shapes.items():
        for i, node in enumerate(nodes):
            if name in grammar.bind and not isinstance(node, Const | Scalar):
                raise InputError(
                    f"{name} is bound and stands for a JSON value that isn't plain",
                    where=grammar.place(name, i),
                    expected="a number, true, false, null or a quoted text",
                )
            for bare in (b for child in within(node) if isinstance(child, Array) for b in child.elements):
                if isinstance(bare, Absent) or (isinstance(bare, Bare) and bare.reference.name in optional):
                    raise InputError(
                        "an element of an array may be empty",
                        where=grammar.place(name, i),
                        expected="a value",
                    )


def _marked(parts: Sequence[Part]) -> str:
    """The template with its references marked, bare ones as strings, so that it can be read as JSON."""
    out: list[str] = []
    is_inside, is_escaped = False, False
    for i, part in enumerate(parts):
        if isinstance(part, Reference):
            out.append(f"\0{i}\0" if is_inside else f'"\0{i}\0B"')
            continue
        out.append(part)
        for character in part:
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = is_inside
            elif character == '"':
                is_inside = not is_inside
    return "".join(out)
