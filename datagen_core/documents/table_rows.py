"""Files of rows as documents: each row a block."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datagen_core.config import InputPath
from datagen_core.documents.document import Content, Outline
from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.row_forms import CHAT_COLUMNS, INPUTS, MORE, OUTPUTS, as_sample, text_in
from datagen_core.rows import read_rows

MAX_CHARS = 64 * 1024 * 1024
"""Of all rows; a Parquet file of some kilobytes can hold terabytes of the same word."""

_TEXTS = ("text", "content", "body", "passage", "document")
_PAIRS = tuple(dict.fromkeys((*INPUTS, *MORE, *OUTPUTS)))
_TITLES = ("title", "name", "heading")


def read(path: Path) -> Content:
    """The rows' texts with an empty line between; a row without any gives nothing.

    A text is what stands in a column `text`, `content`, `body`, `passage` or `document`; else the turns of a chat, or
    the columns of a pair such as `question` and `answer`; without any, it is `column: value` lines. A `title`, `name`
    or `heading` is what the row stands under.

    Raises:
        InputError: no rows of the format, or more than 64 Mi characters of text.
    """
    out: list[str] = []
    outline = Outline()
    at = 0
    for _, row in read_rows(InputPath(str(path.absolute()))):
        title = next((said for column in _TITLES if (said := _cell(row.get(column)))), "")
        text = _text(row)
        if not text:
            continue
        if out:
            out.append("\n\n")
            at += 2
        out.append(text)
        outline.under(title)
        outline.add("paragraph", at, at + len(text))
        at += len(text)
        if at > MAX_CHARS:
            raise InputError(
                f"the rows hold more than {MAX_CHARS // 1024 // 1024} Mi characters",
                where=str(path),
                expected="fewer",
                hint="split the file, or leave it out",
            )
    return Content("", "".join(out), tuple(outline.blocks), is_rows=True)


def _text(row: Mapping[str, Any]) -> str:
    if texts := [said for column in _TEXTS if (said := text_in(row, column).strip())]:
        return texts[0]
    turns = as_sample(Seed(id="", text="", row=row)).messages if CHAT_COLUMNS.keys() & row.keys() else ()
    pairs = [turn.content.strip() for turn in turns] or [text_in(row, column).strip() for column in _PAIRS]
    lines = (f"{column}: {said}" for column, value in row.items() if (said := _cell(value)))
    return "\n\n".join(filter(None, pairs)) or "\n".join(lines)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).strip()
