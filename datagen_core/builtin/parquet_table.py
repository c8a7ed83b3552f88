"""Parquet for dataframes and loaders, its schema made from all rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from datagen_core.columns import flat
from datagen_core.config import Config
from datagen_core.exporter import Exporter
from datagen_core.sample import Sample


class ParquetTable(Exporter[Config]):
    """The columns of JSONL; a nested one is JSON unless Arrow gives it back as it was. Holds all rows in memory."""

    suffix = ".parquet"

    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """See `Exporter.export`."""
        import pyarrow
        from pyarrow import parquet

        rows = [flat(sample) for sample in samples]
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {name: _column([row.get(name) for row in rows]) for name in names}
        parquet.write_table(pyarrow.table(columns), file)
        return len(rows)


def _column(values: list[Any]) -> Any:
    """The values as Arrow holds them without changing any; as JSON where it can't."""
    import pyarrow

    try:
        made = pyarrow.array(values)
        if made.to_pylist() == values:  # not where keys that are missing became nulls
            return made
    except (pyarrow.ArrowException, OverflowError, TypeError, UnicodeEncodeError):
        pass
    return pyarrow.array([None if value is None else _text(value) for value in values], pyarrow.string())


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")
