"""JSON as one line of valid UTF-8, whatever strings it holds, and files put in place whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dumps(value: Any) -> str:
    """Compact JSON; non-ASCII text stays readable unless it can't be encoded (lone surrogates)."""
    text = _COMPACT.encode(value)
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return json.dumps(value, separators=(",", ":"))
    return text


def plain(value: Any) -> Any:
    """A value as it reads back from JSON: tuples are lists, keys are text."""
    return json.loads(json.dumps(value))


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A temporary file beside `file` that takes its place when the block ends well, and vanishes if not.

    A link is followed; what isn't a plain file (a pipe, /dev/stdout) is written to as it is.
    """
    if file.exists() and not file.is_file():
        yield file
        return
    file = file.resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(file)
    except OSError as error:
        error.filename = error.filename or str(file)  # a write to a full disk doesn't say where
        raise
    finally:
        draft.unlink(missing_ok=True)
