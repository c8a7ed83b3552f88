"""JSON as a trainer's parser will read it: nothing is repaired, guessed or rounded away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 500
"""Deeper values are refused. Python's own parser gives up at about 1,000, less the depth of its caller."""


class NotJson(ValueError):
    """The text, or a value that claims to be JSON, isn't; the message says why."""


def parse(text: str) -> Any:
    """The value that a text holds.

    Raises:
        NotJson: a syntax error, `NaN` or `Infinity`, a number beyond a double, a name used twice in one object,
            half of a surrogate pair, an integer of more than 4,300 digits, or more than 500 levels.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except NotJson:
        raise
    except RecursionError:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise NotJson(str(error)) from None
    require_json(value)
    return value


def require_json(value: Any) -> None:
    """Returns when the value can be written as JSON and read back by any parser; else raises NotJson."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except RecursionError:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels") from None
    except UnicodeEncodeError:
        raise NotJson("holds half of a surrogate pair, which no encoding can write") from None
    except (TypeError, ValueError) as error:
        raise NotJson(str(error)) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, Mapping | list | tuple)]:
        depth += 1
        level = [child for item in level for child in (item.values() if isinstance(item, Mapping) else item)]
    return depth


def _refuse_constant(constant: str) -> None:
    raise NotJson(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise NotJson(f"the name {twice!r} is used twice in one object")
    return found
