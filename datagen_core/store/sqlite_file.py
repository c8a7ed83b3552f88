"""How SQLite files beside the run store are opened and written: the cache, the ledger, the memory."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from datagen_core.errors import RunError

FIRST_OPEN_TRIES = 200
"""Turning WAL on asks for an exclusive lock and doesn't wait for it: processes that open at once try again."""


def open_file(
    file: Path,
    schema: str,
    *,
    what: str,
    hint: str,
    durability: str = "normal",
    sleep: Callable[[float], None] = time.sleep,
) -> sqlite3.Connection:
    """A connection in WAL mode whose tables exist, safe to open from several processes at once.

    Each statement is a transaction of its own and waits for the write lock.

    Args:
        schema: One CREATE TABLE IF NOT EXISTS statement.
        what: The file in words, for errors.
        hint: What to do when it can't be used.
        durability: `normal` survives any crash of the process, `full` also power loss.
    """
    with naming(file, what, hint):
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, timeout=30.0, isolation_level=None, check_same_thread=False)
        for left in reversed(range(FIRST_OPEN_TRIES)):
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(f"PRAGMA synchronous={'FULL' if durability == 'full' else 'NORMAL'}")
                connection.execute(schema)
                return connection
            except sqlite3.OperationalError as error:
                if not left or "locked" not in str(error):
                    connection.close()
                    raise
                sleep(0.02)
    raise AssertionError("the last try returns or raises")


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Several statements as one transaction that holds the write lock from its beginning."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def naming(file: Path, what: str, hint: str) -> Iterator[None]:
    """Turns SQLite's and the disk's complaints into a RunError that names the file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise RunError(f"{what} can't be used: {error}", where=str(file), hint=hint) from error
