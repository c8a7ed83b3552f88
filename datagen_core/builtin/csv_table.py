"""CSV for spreadsheets and pandas, safe to open."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from pydantic import Field

from datagen_core.columns import flat
from datagen_core.config import Config
from datagen_core.errors import UsageError
from datagen_core.exporter import Exporter
from datagen_core.sample import Sample

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so may be run by a spreadsheet (OWASP, CSV injection)."""


class CsvConfig(Config):
    """How cells are written."""

    guard_formulas: bool = Field(
        True, description="put a ' before cells that a spreadsheet would run; false keeps them as they are"
    )


class _Lines:
    """Ends rows by `\\n`. Told to do so itself, csv leaves a lone `\\r` unquoted (up to Python 3.12)."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, row: str) -> int:
        return self._out.write(row.removesuffix("\r\n") + "\n")


class CsvTable(Exporter[CsvConfig]):
    """A header and one row per sample; all rows must have the first one's columns. Nested values are JSON."""

    suffix = ".csv"

    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """See `Exporter.export`. Raises UsageError where a row has a column that the first lacks."""
        count = 0
        with file.open("w", encoding="utf-8", newline="", errors="backslashreplace") as out:
            writer: Any = None
            for sample in samples:
                row = {self._cell(name): self._cell(value) for name, value in flat(sample).items()}
                if writer is None:
                    writer = csv.DictWriter(_Lines(out), fieldnames=list(row))
                    writer.writeheader()
                extra = [name for name in row if name not in writer.fieldnames]
                if extra:
                    raise UsageError(
                        f"row {sample.id} has the column {extra[0]!r} that the first row lacks",
                        expected="rows of one shape",
                        hint="datagen export RUN -f jsonl -o FILE",
                    )
                writer.writerow(row)
                count += 1
        return count

    def _cell(self, value: Any) -> str:
        if value is None:
            return ""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        guarded = self.config.guard_formulas and isinstance(value, str) and text.startswith(FORMULA_STARTS)
        return "'" + text if guarded else text
