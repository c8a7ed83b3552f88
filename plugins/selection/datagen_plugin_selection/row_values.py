"""What a selector reads off a row: a value to group by, a number to order by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from datagen_core.dataset_columns import arm_of, parents_of
from datagen_core.errors import InputError
from datagen_core.sample import Sample
from datagen_plugin_selection.config import QUALITY

_KNOWN: dict[str, Callable[[Sample], Any]] = {
    "label": lambda row: row.label,
    "arm": lambda row: arm_of(row) or None,
    "parent": lambda row: next(iter(parents_of(row)), None),
}
MAX_NUMBER = 1e15
MAX_NUMBER_CHARS = 40


def value_of(row: Sample, key: str) -> str | None:
    """The row's label, arm, first parent, or else `Sample.value_of`; None where it doesn't tell."""
    found: str | None = _KNOWN[key](row) if key in _KNOWN else row.value_of(key)
    return found


def column_of(row: Sample, key: str) -> Any:
    """A field of its record, else what its method noted, as it is; None where there is neither."""
    return row.fields.get(key, row.metadata.method.get(key))


def number_of(row: Sample, key: str) -> float | None:
    """`metadata.quality_score`, or a column that is a number or a text that reads as one; None for anything else."""
    return as_number(row.metadata.quality_score if key == QUALITY else column_of(row, key))


def as_number(value: Any) -> float | None:
    """A finite number of moderate size; None for what isn't one (true and false are none)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > MAX_NUMBER_CHARS:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) <= MAX_NUMBER else None


def check_key(rows: Sequence[Sample], key: str, option: str) -> None:
    """Refuses a column that no row has: a slip of the pen, or columns that were never made.

    Raises:
        InputError: there are rows, and none of them has it.
    """
    if key in _KNOWN or key == QUALITY or not rows:
        return
    if all(column_of(row, key) is None for row in rows):
        columns = {name for row in rows[:1000] for name in (*row.fields, *row.metadata.method)}
        known = sorted({*_KNOWN, QUALITY, *columns})
        raise InputError(
            f"no row has a {key!r}", where=f"with.{option}", expected=f"one of {', '.join(known[:30])}"
        )
