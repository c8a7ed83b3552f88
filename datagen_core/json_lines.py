"""JSON Lines files: written, and checked line by line for what readers of training data stumble over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from datagen_core.exporter import Problem
from datagen_core.jsontext import dumps
from datagen_core.rows import MAX_DEPTH, MAX_LINE_BYTES, depth

Rules = Callable[[Mapping[str, Any]], Iterable[str]]
"""What is wrong with a row, in words."""


def write_lines(rows: Iterable[Mapping[str, Any]], file: Path) -> int:
    """Writes one object per line, UTF-8, `\\n` ends, and returns how many."""
    count = 0
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(dumps(row) + "\n")
            count += 1
    return count


def problems(file: Path, rules: Rules = lambda row: ()) -> Iterator[Problem]:
    """What is wrong with a file, in its order: its encoding, its lines, columns that change their type, and by `rules`.

    Args:
        rules: What else must hold of each row.
    """
    types: dict[str, str] = {}
    count = 0
    for number, row in lines(file):
        count += 1
        if isinstance(row, str):
            yield Problem(row, number)
            continue
        for what in [*_changed(row, types), *rules(row)]:
            yield Problem(what, number)
    if not count:
        yield Problem("the file has no rows")


def lines(file: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Number and object of each line; instead of an object what is wrong with the line."""
    with file.open("rb") as stream:
        number = 0
        while raw := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(raw) > MAX_LINE_BYTES:
                yield number, f"the line is longer than {MAX_LINE_BYTES // 1024 // 1024} MiB"
                return
            yield number, _row(raw, number)


def _row(raw: bytes, number: int) -> dict[str, Any] | str:
    if number == 1 and raw.startswith(b"\xef\xbb\xbf"):
        return "the file begins with a byte-order mark"
    if raw.endswith(b"\r\n"):
        return "the line ends in \\r\\n, not in \\n"
    if not raw.strip():
        return "the line is empty"
    try:
        text = raw.decode("utf-8")
        found = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} is not UTF-8 (0x{raw[error.start]:02x})"
    except (ValueError, RecursionError) as error:
        return f"not valid JSON: {error}"
    if not isinstance(found, dict):
        return f"the line is {type(found).__name__}, not an object"
    if depth(found) > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    if "\\u" in text and _has_half_pair(found):
        return "a text holds half a surrogate pair, which Arrow can't read"
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _has_half_pair(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _changed(row: Mapping[str, Any], types: dict[str, str]) -> Iterator[str]:
    """Columns whose type is another than in the first row that has them; nulls don't count."""
    for name, value in row.items():
        found = type_name(value)
        if found and types.setdefault(name, found) != found:
            yield f"column {name!r} is {found} here and {types[name]} in earlier rows"


def type_name(value: Any) -> str:
    """The type of a JSON value in words; "" of null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "text" if isinstance(value, str) else "an object" if isinstance(value, Mapping) else "a list"
