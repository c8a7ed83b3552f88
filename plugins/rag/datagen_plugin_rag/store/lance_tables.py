"""Tables of a LanceDB folder: opened, read, written. Needs the extra `lancedb`, on first use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datagen_core import InputError, PluginError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow
    from numpy.typing import NDArray

WORDS = "words"
"""The column of terms with spaces between, which the full-text index is made of."""


def connected(folder: Path) -> Any:
    """The database in a folder.

    Raises:
        PluginError: LanceDB isn't installed.
    """
    try:
        import lancedb
    except ImportError as error:
        raise PluginError(
            f"a knowledge base needs LanceDB: {error}",
            expected="the packages lancedb and pyarrow",
            hint="pip install 'datagen-plugin-rag[lancedb]'",
        ) from error
    return lancedb.connect(str(folder))


def opened(database: Any, name: str, folder: Path) -> Any:
    """A table by its name.

    Raises:
        InputError: there is none, with those that there are.
    """
    names = table_names(folder)
    if name not in names:
        raise InputError(
            f"the LanceDB folder has no table {name!r}",
            where=str(folder),
            expected=f"tables: of {', '.join(names)}" if names else "a folder with tables",
            hint="datagen ingest PATH --into KB makes them of documents",
        )
    return database.open_table(name)


def table_names(folder: Path) -> list[str]:
    """Names of the tables in a folder; needs no LanceDB."""
    return sorted(path.stem for path in folder.glob("*.lance") if path.is_dir())


def columns(table: Any, names: Sequence[str], where: str = "") -> pyarrow.Table:
    """All rows of some columns, in no order, with LanceDB's `_rowid`."""
    query = table.search().select(list(names)).with_row_id(True).limit(None)
    try:
        found: pyarrow.Table = (query.where(where) if where else query).to_arrow()
    except (RuntimeError, OSError, ValueError) as error:  # how LanceDB says that a file is damaged
        raise InputError(
            f"the table {table.name!r} can't be read: {str(error).splitlines()[0][:200]}",
            expected="an intact LanceDB table",
            hint="datagen ingest PATH --into KB --rebuild makes a knowledge base anew",
        ) from error
    return found


def matrix(column: pyarrow.ChunkedArray, dimension: int) -> NDArray[np.float32]:
    """Shape (rows, dimension) of a column of vectors; zeros where one is missing."""
    import numpy

    parts = [
        numpy.nan_to_num(chunk.fill_null([0.0] * dimension).flatten().to_numpy(zero_copy_only=False))
        for chunk in column.chunks
    ]
    flat = numpy.concatenate(parts) if parts else numpy.zeros(0)
    return flat.reshape(-1, dimension).astype(numpy.float32, copy=False)


def one_of(column: str, values: Collection[str]) -> str:
    """The condition that a column's text is among some."""
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values))
    return f"{column} IN ({quoted})" if values else "false"


def indexed(table: Any) -> None:
    """Brings a table's full-text index up to date and its files in order."""
    from datetime import timedelta

    if not any(index.columns == [WORDS] for index in table.list_indices()) and table.count_rows():
        as_it_is = dict.fromkeys(("stem", "remove_stop_words", "ascii_folding", "lower_case"), False)
        index = import_module("lancedb.index")
        table.create_index(
            WORDS, config=index.FTS(base_tokenizer="whitespace", max_token_length=None, **as_it_is)
        )
    table.optimize(cleanup_older_than=timedelta(days=1))
