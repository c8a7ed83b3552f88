"""What a knowledge base knows of the files that it was made of: one SQLite file beside its tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from datagen_core import InputError

NAME = "files.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A file as it was when it was last read.

    Attributes:
        name: The document's name, the key.
        source: Which of the places given it was found in.
        size, mtime_ns, sha256: What it was; `sha256` is "" while its chunks are being written.
        text_chunks, code_chunks, tokens: What came of it.
        reason: Why it was skipped; "" if it wasn't.
        note: What should be known of how it was read.
    """

    name: str
    source: str
    size: int = 0
    mtime_ns: int = 0
    sha256: str = ""
    text_chunks: int = 0
    code_chunks: int = 0
    tokens: int = 0
    reason: str = ""
    note: str = ""


_COLUMNS = [field.name for field in fields(KnownFile)]
_TABLES = (
    "CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    f"CREATE TABLE IF NOT EXISTS files ({', '.join(_COLUMNS)}, PRIMARY KEY (name))",
)
_ALL = f"SELECT {', '.join(_COLUMNS)} FROM files ORDER BY name"  # noqa: S608 (our own names)
_PUT = f"INSERT OR REPLACE INTO files VALUES ({', '.join('?' for _ in _COLUMNS)})"  # noqa: S608


class KnownFiles:
    """The files and settings of a knowledge base; each change is durable when its call returns.

    Args:
        folder: Of the knowledge base.
        is_new: Whether the file may be created.

    Raises:
        InputError: it is no SQLite file of ours.
    """

    def __init__(self, folder: Path, *, is_new: bool = False) -> None:
        file = folder / NAME
        mode = "rwc" if is_new else "rw" if _is_writable(file) else "ro"
        try:
            self._db = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)
            with self._db:
                for table in _TABLES if is_new else ():
                    self._db.execute(table)
                self.settings = self._settings()
        except sqlite3.Error as error:
            raise InputError(
                f"the knowledge base's list of files can't be read: {error}",
                where=str(file),
                hint="datagen ingest PATH --into KB --rebuild",
            ) from error

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def _settings(self) -> dict[str, Any]:
        return {key: json.loads(value) for key, value in self._db.execute("SELECT key, value FROM settings")}

    def set(self, **values: Any) -> None:
        """Keeps settings."""
        with self._db:
            self._set(values)

    def _set(self, values: dict[str, Any]) -> None:
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        self._db.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)
        self.settings = self._settings()

    def start_anew(self, **settings: Any) -> None:
        """Forgets all files and settings but these."""
        with self._db:
            self._db.execute("DELETE FROM files")
            self._db.execute("DELETE FROM settings")
            self._set(settings)

    def distrust(self) -> None:
        """Makes every file count as changed."""
        with self._db:
            self._db.execute("UPDATE files SET size = -1")

    def all(self) -> dict[str, KnownFile]:
        """Name → file, in the order of the names."""
        rows = self._db.execute(_ALL)
        found = (KnownFile(**dict(zip(_COLUMNS, row, strict=True))) for row in rows)
        return {file.name: file for file in found}

    def record(self, files: Iterable[KnownFile]) -> None:
        """Keeps files as they are now."""
        with self._db:
            self._db.executemany(_PUT, map(astuple, files))

    def forget(self, names: Sequence[str]) -> None:
        """Files that are no more."""
        with self._db:
            self._db.executemany("DELETE FROM files WHERE name = ?", [(name,) for name in names])


def _is_writable(file: Path) -> bool:
    try:
        with file.open("r+b"):
            return True
    except OSError:
        return False
