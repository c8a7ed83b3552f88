"""Replies by request: what was paid for once is never asked for again, in this run or any other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from datagen_core.llm.forms import reply_from_json, reply_json
from datagen_core.model import Embeddings, Reply
from datagen_core.store.sqlite_file import TurnWriter, naming, open_file

FILE_NAME = "replies.db"
_WHAT = "the model cache"
_HINT = "free the disk, delete that file, or name another folder with --cache DIR"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    key BLOB PRIMARY KEY, model TEXT NOT NULL, created_at REAL NOT NULL, reply TEXT NOT NULL
)
"""


def cache_folder() -> Path:
    """The user's cache folder for DataGen: `$XDG_CACHE_HOME/datagen`, else `~/.cache/datagen`."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".cache") / "datagen"


def is_cacheable(reply: Reply | Embeddings) -> bool:
    """Whether a reply is whole: something was answered, and nothing was cut off by max_tokens."""
    if isinstance(reply, Embeddings):
        return True
    return bool(reply.choices) and all(choice.finish_reason != "length" for choice in reply.choices)


class ReplyCache:
    """Replies in one SQLite file that several processes may share.

    Kept are the key (a hash), the model's name, the time and the reply: no prompt, address, header or key.
    A reply that is there stays: a second one under its key is dropped, so that all readers see the same. In a
    running event loop replies are written at the end of its turn, so that the file is locked for moments only.

    Args:
        folder: Where the file lies; `cache_folder()` if not told.
    """

    def __init__(self, folder: Path | None = None, *, now: Callable[[], float] = time.time) -> None:
        self.file = (folder or cache_folder()) / FILE_NAME
        self._now = now
        self._connection = open_file(self.file, _SCHEMA, what=_WHAT, hint=_HINT)
        self._turn = TurnWriter(self._connection, self._naming)

    def get(self, key: bytes) -> Reply | Embeddings | None:
        """The reply kept under a key, or None."""
        self._turn.flush()
        with self._naming():
            row = self._connection.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        return None if row is None else reply_from_json(row[0])

    def put(self, key: bytes, reply: Reply | Embeddings, *, model: str) -> bool:
        """Keeps a reply; returns whether it is whole (truncated and empty ones aren't kept)."""
        if not is_cacheable(reply):
            return False
        row = (key, model, self._now(), reply_json(reply))
        self._turn.add("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?)", row)
        return True

    def __len__(self) -> int:
        self._turn.flush()
        with self._naming():
            return int(self._connection.execute("SELECT count(*) FROM replies").fetchone()[0])

    def close(self) -> None:
        """Writes what waits, and lets go of the file."""
        self._turn.close()

    def _naming(self) -> AbstractContextManager[None]:
        return naming(self.file, _WHAT, _HINT)
