"""Options checked against their model; what doesn't fit is an error with line, expectation and nearest key."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from datagen_core.errors import RecipeError
from datagen_core.yaml_source import Located


def validated(
    model: type[BaseModel], data: Any, base: Path, source: Located, prefix: tuple[str | int, ...]
) -> Any:
    """An instance of a pydantic model, or a RecipeError that names line, expectation and nearest key."""
    try:
        return model.model_validate(data, context={"base": base})
    except ValidationError as error:
        raise _explained(error, model, source, prefix) from None


def _explained(
    error: ValidationError, model: type[BaseModel], source: Located, prefix: tuple[str | int, ...]
) -> RecipeError:
    problems = error.errors(include_url=False)
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    path = (*prefix, *_data_path(first["loc"]))
    dotted = ".".join(map(str, path))
    expected: str | None
    hint = None
    if first["type"] == "extra_forbidden":
        known = _siblings(model, first["loc"][:-1])
        message = f"unknown key {dotted!r}"
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1, cutoff=0.5)
        expected = f"one of {', '.join(known)}" if known else None
        hint = f"did you mean {near[0]!r}?" if near else None
    elif first["type"] == "missing":
        message, expected = f"{dotted!r} is missing", _described(model, first["loc"])
    else:
        said = "a list is wanted: [a, b]" if first["type"] in ("tuple_type", "list_type") else first["msg"]
        message = f"{dotted or 'the recipe'}: {said.removeprefix('Value error, ')}"
        expected = _described(model, first["loc"])
        if not isinstance(first.get("input"), dict | list) and "input" in first:
            shown = repr(first["input"])
            message += f" (found {shown if len(shown) <= 80 else shown[:79] + '…'})"
    if len(problems) > 1:
        message += f" (and {len(problems) - 1} more)"
    return RecipeError(message, where=source.place(path), expected=expected, hint=hint)


def _data_path(loc: tuple[int | str, ...]) -> tuple[str | int, ...]:
    """pydantic's location without the tags it adds for union members."""
    tags = {"InputPath", "RowsSource", "function-plain[validate()]"}
    return tuple(
        p
        for p in loc
        if not (
            isinstance(p, str) and (p in tags or p.startswith(("dict[", "tuple[", "literal[", "function-")))
        )
    )


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    here: type[BaseModel] | None = model
    for part in loc:
        if here is None or isinstance(part, int):
            continue
        info = here.model_fields.get(part) or next(
            (f for f in here.model_fields.values() if f.alias == part), None
        )
        if info is not None:
            here = _model_in(info.annotation)
    return here


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None


def _siblings(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    here = _model_at(model, loc)
    short = getattr(here, "SHORT_KEYS", ())
    return [*short, *(f.alias or name for name, f in here.model_fields.items())] if here else []


def _described(model: type[BaseModel], loc: tuple[int | str, ...]) -> str | None:
    here = _model_at(model, loc[:-1]) if loc else None
    info = here.model_fields.get(str(loc[-1])) if here else None
    if info is None or here is None:
        return None
    schema = here.model_json_schema().get("properties", {}).get(info.alias or str(loc[-1]), {})
    low, high = schema.get("minimum"), schema.get("maximum")
    bounds = "" if low is None and high is None else f" ({schema.get('type', 'number')}"
    bounds += "" if low is None else f", {low} or more" if high is None else f", {low} to {high}"
    bounds += f", {high} or less" if low is None and high is not None else ""
    return (info.description or "") + (f"{bounds})" if bounds else "")
