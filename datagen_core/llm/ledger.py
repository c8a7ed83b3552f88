"""Every call of a run in a file, written before it is sent: what a crash leaves open still counts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from datagen_core.llm.site import CallSite
from datagen_core.store.sqlite_file import TurnWriter, naming, open_file

FILE_NAME = "calls.db"
_WHAT = "the run's ledger of calls"
_HINT = "free the disk, then start the same command again"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, arm TEXT NOT NULL, component TEXT NOT NULL, model TEXT NOT NULL, state TEXT NOT NULL,
    reserved_tokens INTEGER NOT NULL, reserved_cost REAL, used_tokens INTEGER, used_cost REAL
)
"""
_COUNTED = """
SELECT arm, count(*),
       sum(CASE state WHEN 'settled' THEN used_tokens ELSE reserved_tokens END),
       sum(CASE state WHEN 'settled' THEN coalesce(used_cost, 0) ELSE coalesce(reserved_cost, 0) END)
FROM calls WHERE state != 'failed' GROUP BY arm
"""


@dataclass(frozen=True, slots=True)
class Amount:
    """So many calls, tokens and so much money. Money is 0 where no price is known."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.calls + other.calls, self.tokens + other.tokens, self.cost + other.cost)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.calls - other.calls, self.tokens - other.tokens, self.cost - other.cost)


class Ledger:
    """The calls of one run, one row each: reserved, then settled, failed (not billed) or unknown.

    It has one owner at a time, the process that holds the run's lock. A row that is still `reserved` when the
    file is opened belongs to a process that died: its fate is unknown, and it counts in full from then on.

    Args:
        file: In the run's folder.
        durability: `normal` survives any crash of the process, `full` also power loss.
    """

    def __init__(self, file: Path, *, durability: str = "normal") -> None:
        self.file = file
        self._connection = open_file(file, _SCHEMA, what=_WHAT, hint=_HINT, durability=durability)
        self._turn = TurnWriter(self._connection, self._naming)
        with self._naming():
            self._connection.execute("UPDATE calls SET state = 'unknown' WHERE state = 'reserved'")
            self._last = int(self._connection.execute("SELECT coalesce(max(id), 0) FROM calls").fetchone()[0])

    async def reserve(self, site: CallSite, model: str, amount: Amount) -> int:
        """Writes down a call that is about to be sent; returns its id once that is in the file."""
        self._last = call = self._last + 1
        self._turn.add(
            "INSERT INTO calls (id, arm, component, model, state, reserved_tokens, reserved_cost)"
            " VALUES (?, ?, ?, ?, 'reserved', ?, ?)",
            (call, site.arm, site.component, model, amount.tokens, amount.cost),
        )
        try:
            await self._turn.written()
        except BaseException:
            self.fail(call)  # it won't be sent
            raise
        return call

    def settle(self, call: int, tokens: int, cost: float | None) -> None:
        """The provider told what a call used."""
        self._turn.add(
            "UPDATE calls SET state = 'settled', used_tokens = ?, used_cost = ? WHERE id = ?",
            (tokens, cost, call),
        )

    def fail(self, call: int) -> None:
        """A call was refused before any work was done: it costs nothing."""
        self._turn.add("UPDATE calls SET state = 'failed' WHERE id = ?", (call,))

    def lose(self, call: int) -> None:
        """Nobody knows whether a call was done: it counts in full."""
        self._turn.add("UPDATE calls SET state = 'unknown' WHERE id = ?", (call,))

    def counted(self) -> dict[str, Amount]:
        """What counts against budgets so far, by arm."""
        self._turn.flush()
        with self._naming():
            return {arm: Amount(*rest) for arm, *rest in self._connection.execute(_COUNTED)}

    def states(self) -> dict[str, int]:
        """How many calls are in which state."""
        self._turn.flush()
        with self._naming():
            rows = self._connection.execute("SELECT state, count(*) FROM calls GROUP BY state ORDER BY state")
            return dict(rows.fetchall())

    def close(self) -> None:
        """Writes what waits, and lets go of the file."""
        self._turn.close()

    def _naming(self) -> AbstractContextManager[None]:
        return naming(self.file, _WHAT, _HINT)
