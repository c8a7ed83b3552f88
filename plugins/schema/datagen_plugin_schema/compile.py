"""Compiling a schema, with errors that name the place in it, and reading what it describes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from datagen_core.errors import InputError

Path = tuple[str | int, ...]
_REFERENCES = ("$ref", "$dynamicRef")


def compile_schema(
    schema: Mapping[str, Any], place: str, *, check_formats: bool, known_formats_only: bool = False
) -> jsonschema_rs.Validator:
    """A validator for a schema of any draft that `$schema` names, 2020-12 by default.

    References are followed within the schema and to the drafts' own meta-schemas; nothing is fetched or opened.

    Args:
        schema: The schema.
        place: Where it came from, for errors.
        check_formats: Whether a wrong `format` is a violation.
        known_formats_only: Whether a format unknown to the library is an error.

    Raises:
        InputError: not a valid schema, or a reference that leads nowhere or out of it; names the path in it.
    """
    _require_plain(schema, place)
    try:
        return jsonschema_rs.validator_for(
            dict(schema),
            validate_formats=check_formats,
            ignore_unknown_formats=not known_formats_only,
            offline=True,
        )
    except jsonschema_rs.ValidationError as error:
        raise _invalid(schema, place, error) from None
    except ValueError as error:
        raise InputError(f"not a usable JSON Schema: {error}", where=place) from None


def describes_text(schema: Mapping[str, Any]) -> bool:
    """Whether a schema's instances are strings, so that a text itself is the instance, not JSON in it.

    True for `type: string`, for a `const` or `enum` of strings, and where a local `$ref` or all branches of
    `anyOf` or `oneOf` lead to such.
    """
    return _only_strings(schema, schema, frozenset())


def json_path(path: Sequence[str | int]) -> str:
    """A path as `$.items[0].name`; `$` is the whole."""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _only_strings(schema: Any, root: Mapping[str, Any], followed: frozenset[str]) -> bool:
    if not isinstance(schema, Mapping):
        return False
    if "type" in schema:
        return schema["type"] in ("string", ["string"])
    if "const" in schema or "enum" in schema:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        return all(isinstance(value, str) for value in values)
    reference = schema.get("$ref")
    if isinstance(reference, str):
        target = _resolve(reference, root)
        return reference not in followed and _only_strings(target, root, followed | {reference})
    branches = schema.get("anyOf") or schema.get("oneOf") or []
    return bool(branches) and all(_only_strings(branch, root, followed) for branch in branches)


def _resolve(reference: str, root: Mapping[str, Any]) -> Any:
    if not reference.startswith("#/"):
        return None
    found: Any = root
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _invalid(schema: Mapping[str, Any], place: str, error: jsonschema_rs.ValidationError) -> InputError:
    if not error.instance_path:
        for at, reference in _references(schema):
            base, _, pointer = reference.partition("#")
            if base and base in error.message:
                return _bad_reference(place, at, f"{reference} is outside the schema and is never fetched")
            if pointer and pointer in error.message:
                return _bad_reference(place, at, f"{reference} leads nowhere")
    return InputError(
        f"not a valid JSON Schema: {error.message[:200]}",
        where=f"{place}, at {json_path(error.instance_path)}",
        expected="a JSON Schema (draft 2020-12 unless $schema names another)",
        hint="correct the schema at that place",
    )


def _bad_reference(place: str, at: Path, message: str) -> InputError:
    return InputError(
        message,
        where=f"{place}, at {json_path(at)}",
        expected="a reference within the schema, such as #/$defs/NAME",
        hint="copy the definition into $defs and refer to it there",
    )


def _references(schema: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for path, node in _nodes(schema):
        if path and path[-1] in _REFERENCES and isinstance(node, str):
            yield path, node


def _require_plain(schema: Mapping[str, Any], place: str) -> None:
    for path, node in _nodes(schema):
        problem = _foreign(node)
        if problem:
            raise InputError(
                f"the schema is not JSON: {problem}",
                where=f"{place}, at {json_path(path)}",
                expected="objects, lists, strings, finite numbers, true, false and null, with strings as names",
                hint='in YAML, quote dates and names such as "on" or "1"',
            )


def _foreign(node: Any) -> str | None:
    if isinstance(node, Mapping):
        name = next((name for name in node if not isinstance(name, str)), None)
        return None if name is None else f"the name {name!r} is a {type(name).__name__}"
    if isinstance(node, float) and not math.isfinite(node):
        return f"the number {node}"
    if node is None or isinstance(node, str | int | float | list | tuple):
        return None
    return f"the value {node!r} is a {type(node).__name__}"


def _nodes(schema: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Each value in the schema, itself first, with its path; without recursion, in document order."""
    stack: list[tuple[Path, Any]] = [((), schema)]
    while stack:
        path, node = stack.pop()
        yield path, node
        if isinstance(node, Mapping):
            stack.extend(((*path, name), child) for name, child in reversed(list(node.items())))
        elif isinstance(node, list | tuple):
            stack.extend(((*path, i), child) for i, child in reversed(list(enumerate(node))))
