"""Statements that every batch runs: compiled once by SQLAlchemy, then handed to the driver.

SQLAlchemy's own way from a statement to the driver takes ten times as long as SQLite does. Values go to the driver
as they are: text for a `Shown` column passes `shown` first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from datagen_core.store.tables import batches, meta, samples


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows that all give the same columns; does nothing for none."""
    if rows:
        text, values = _compiled(connection.dialect, _inserting, table, tuple(rows[0]))
        connection.exec_driver_sql(text, [values(row) for row in rows])


def update_batch(connection: sa.Connection, index: int, columns: Mapping[str, Any]) -> None:
    """Changes columns of a batch."""
    text, values = _compiled(connection.dialect, _updating_batch, tuple(columns))
    connection.exec_driver_sql(text, values({**columns, "of": index}))


def put(connection: sa.Connection, key: str, value: str) -> None:
    """Sets a fact, there or not."""
    text, values = _compiled(connection.dialect, _updating_fact)
    done = connection.exec_driver_sql(text, values({"value": value, "of": key}))
    if done.rowcount == 0:
        insert(connection, meta, [{"key": key, "value": value}])


def kept_hashes(connection: sa.Connection, hashes: Sequence[int]) -> set[int]:
    """Which of these contents are accepted or surplus."""
    text, values = _compiled(connection.dialect, _finding_hashes, len(hashes))
    found = connection.exec_driver_sql(text, values({f"hash{i}": hash_ for i, hash_ in enumerate(hashes)}))
    return {hash_ for hash_, status in found if status in ("accepted", "surplus")}


@cache
def _compiled(
    dialect: sa.Dialect, make: Callable[..., tuple[Any, Sequence[str] | None]], *arguments: Any
) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    """A statement's text, and what makes the driver's values of named ones."""
    statement, columns = make(*arguments)
    made = statement.compile(dialect=dialect, column_keys=columns)
    names = made.positiontup
    if names is None:
        return str(made), dict
    return str(made), itemgetter(*names) if len(names) > 1 else lambda given: (given[names[0]],)


def _inserting(table: sa.Table, columns: Sequence[str]) -> tuple[Any, Sequence[str]]:
    return sa.insert(table).inline(), columns


def _updating_batch(columns: Sequence[str]) -> tuple[Any, Sequence[str]]:
    return sa.update(batches).where(batches.c.idx == sa.bindparam("of")), columns


def _updating_fact() -> tuple[Any, Sequence[str]]:
    return sa.update(meta).where(meta.c.key == sa.bindparam("of")), ("value",)


def _finding_hashes(count: int) -> tuple[Any, None]:
    # Nothing of the status here: SQLite would go by its index, through all rows there are.
    wanted = samples.c.content_hash.in_([sa.bindparam(f"hash{i}") for i in range(count)])
    return sa.select(samples.c.content_hash, samples.c.status).where(wanted), None
