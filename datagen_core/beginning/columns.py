"""What the columns of somebody's rows mean: which holds the text, which the class, or whether a row is a record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from datagen_core.row_forms import CHAT_COLUMNS, INPUTS, OUTPUTS, TEXT_COLUMNS

LABEL_NAMES = ("label", "labels", "class", "intent", "category", "sentiment", "topic", "emotion", "target")
"""How columns of classes are called, the likeliest first."""
TEXT_NAMES = (
    *("utterance", "sentence", "content", "body", "message", "review", "comment", "tweet", "query"),
    *("document", "description", "title"),
)
"""How columns of texts are called beside those that are read unasked."""
MOST_CLASSES = 200
MOST_LABEL_CHARS = 80
MOST_COLUMNS = 60
LONGER = 3
"""A text column without a telling name is so many times as long as the next one."""
SHORTER, SEEN = 2, 4
"""A class without a telling name: half as long as the text at most, each seen four times on average."""
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,14})")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelColumn:
    """A column that may hold the class: its values, and whether every row has one."""

    name: str
    values: tuple[str, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What the columns of rows mean.

    Attributes:
        text: The column to name as the text; None where it is found unasked.
        labels: Columns that may hold the class, the likeliest first.
        is_record: Whether rows are records without one text.
    """

    text: str | None = None
    labels: tuple[LabelColumn, ...] = ()
    is_record: bool = False


def meaning(rows: Sequence[Mapping[str, Any]]) -> Meaning:
    """Told from the names and values of at least one row."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    labels = _labels(rows, columns)
    is_known = {*columns} & {*TEXT_COLUMNS, *CHAT_COLUMNS}
    if is_known:
        has_pairs = {*columns} & {*CHAT_COLUMNS} or ({*columns} & {*INPUTS} and {*columns} & {*OUTPUTS})
        # rows of a question and an answer have topics, which they aren't to be classified by
        return Meaning(labels=tuple(c for c in labels if c.name == "label") if has_pairs else labels)
    text = _text(rows, [c for c in columns if c not in {label.name for label in labels}])
    if text is not None:
        return Meaning(text=text, labels=labels)
    return Meaning(
        text=_always_there(rows, columns),
        labels=tuple(c for c in labels if c.name == "label"),
        is_record=True,
    )


def schema_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A JSON Schema of records: the columns with the types of their values; those that all rows have are required."""
    columns = dict.fromkeys(column for row in rows for column in row)
    return {
        "type": "object",
        "properties": {name: _type([row[name] for row in rows if name in row]) for name in columns},
        "required": [name for name in columns if all(name in row for row in rows)],
        "additionalProperties": False,
    }


def _labels(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> tuple[LabelColumn, ...]:
    by_name = sorted(
        (c for c in columns if c.lower() in LABEL_NAMES),
        key=lambda c: (c != "label", LABEL_NAMES.index(c.lower())),
    )
    found = tuple(column for name in by_name if (column := _label(rows, name)) is not None)
    return found or _beside_a_text(rows, columns)


def _beside_a_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> tuple[LabelColumn, ...]:
    """Of two columns the one with short values that come back, whatever it is called."""
    if len(columns) != 2:
        return ()
    text, other = sorted(columns, key=lambda column: -_mean_chars(rows, column))
    column = _label(rows, other)
    is_beside = column and SHORTER * _mean_chars(rows, other) <= _mean_chars(rows, text)
    return (column,) if column and is_beside and SEEN * len(column.values) <= len(rows) else ()


def _label(rows: Sequence[Mapping[str, Any]], name: str) -> LabelColumn | None:
    values = [row.get(name) for row in rows]
    if any(isinstance(value, list | dict | float) for value in values):
        return None
    there = [str(value) for value in values if value not in (None, "")]
    distinct = tuple(dict.fromkeys(there))
    is_class = 1 < len(distinct) <= min(MOST_CLASSES, max(2, len(there) // 2))
    if not is_class or max(map(len, distinct)) > MOST_LABEL_CHARS:
        return None
    return LabelColumn(name=name, values=distinct, is_complete=len(there) == len(rows))


def _text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str | None:
    lengths = {column: _mean_chars(rows, column) for column in columns}
    texts = sorted((c for c in columns if lengths[c]), key=lambda c: -lengths[c])
    named = [c for c in texts if c.lower() in (*TEXT_COLUMNS, *TEXT_NAMES)]
    if named:
        return min(named, key=lambda c: [*TEXT_COLUMNS, *TEXT_NAMES].index(c.lower()))
    if len(texts) == 1 or (len(texts) > 1 and lengths[texts[0]] >= LONGER * max(10.0, lengths[texts[1]])):
        return texts[0]
    return None


def _mean_chars(rows: Sequence[Mapping[str, Any]], column: str) -> float:
    """Of a column of texts; 0 for one of numbers, or with an empty cell."""
    values = [row.get(column) for row in rows]
    if not all(isinstance(value, str) and value.strip() for value in values):
        return 0.0
    texts = [str(value) for value in values]
    return 0.0 if all(_NUMBER.fullmatch(text) for text in texts) else fmean(map(len, texts))


def _always_there(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str | None:
    return (
        max(columns, key=lambda column: _mean_chars(rows, column))
        if any(_mean_chars(rows, column) for column in columns)
        else None
    )


def _type(values: Sequence[Any]) -> dict[str, Any]:
    kinds = list(dict.fromkeys(map(_kind, values)))
    if set(kinds) == {"integer", "number"}:
        kinds = ["number"]
    if len(kinds) > 1 and set(kinds) <= {"integer", "number", "string"} and "string" in kinds:
        kinds = ["string"]  # cells of a CSV of which some look like numbers
    return {"type": kinds[0] if len(kinds) == 1 else kinds}


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "integer" if _WHOLE.fullmatch(value) else "number" if _NUMBER.fullmatch(value) else "string"
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (dict, "object"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")
