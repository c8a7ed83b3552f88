"""How SQLite files beside the run store are opened and written: the cache, the ledger, the memory."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


class TurnWriter:
    """Collects statements and writes those of one turn of the event loop as one transaction.

    A commit takes five times as long as the statement in it, and a turn may see dozens of calls begin and end.
    Outside of a running loop each statement is written at once. What couldn't be written is kept, and tried again
    with the next statement.

    Args:
        connection: As `open_file` made it.
        complaints: What errors are raised within: `naming` of the file.
    """

    def __init__(
        self, connection: sqlite3.Connection, complaints: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._connection, self._complaints = connection, complaints
        self._waiting: list[tuple[str, tuple[object, ...]]] = []
        self._turn: asyncio.Future[None] | None = None

    def add(self, text: str, values: tuple[object, ...]) -> None:
        """Has a statement written by the end of this turn."""
        self._waiting.append((text, values))
        if self._turn is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                self.flush()
                return
            self._turn = loop.create_future()
            loop.call_soon(self._end, self._turn)

    async def written(self) -> None:
        """Waits until all that was added is in the file; raises what kept it out."""
        if self._turn is not None:
            await asyncio.shield(self._turn)
        else:
            self.flush()

    def flush(self) -> None:
        """Writes what waits, now."""
        if self._waiting:
            with self._complaints(), writing(self._connection):
                for text, values in self._waiting:
                    self._connection.execute(text, values)
            self._waiting = []

    def close(self) -> None:
        """Writes what waits, and lets go of the file."""
        try:
            self.flush()
        finally:
            self._connection.close()

    def _end(self, turn: asyncio.Future[None]) -> None:
        self._turn = None
        try:
            self.flush()
        except RunError as error:
            turn.set_exception(error)
            turn.exception()  # where nobody waits, whoever adds, reads or closes next is told
        else:
            turn.set_result(None)


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Several statements as one transaction that holds the write lock from its beginning."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def naming(file: Path, what: str, hint: str) -> Iterator[None]:
    """Turns SQLite's and the disk's complaints into a RunError that names the file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise RunError(f"{what} can't be used: {error}", where=str(file), hint=hint) from error
