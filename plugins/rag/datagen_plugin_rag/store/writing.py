"""Writing files into a knowledge base, so that a process that dies at any moment leaves nothing wrong behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datagen_core.embeddings import Embeddings
from datagen_core.inputs import Seed
from datagen_plugin_rag.searching.inverse_cloze import inverse_cloze
from datagen_plugin_rag.store.known_files import KnownFile, KnownFiles
from datagen_plugin_rag.store.lance_tables import columns, connected, indexed, matrix, one_of, opened
from datagen_plugin_rag.store.stored_chunks import file_key, schema, stored

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TABLES: Mapping[str, str] = {"text": "chunks", "code": "code_chunks"}
"""Kind of a document → the table of its chunks."""
AT_ONCE = 500
"""Files whose chunks one deletion removes."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read: what is to be known of it, and its chunks."""

    known: KnownFile
    chunks: tuple[Seed, ...]


def create_tables(folder: Path, dimension: int) -> None:
    """Empty tables for vectors of so many numbers."""
    database = connected(folder)
    for table in TABLES.values():
        database.create_table(table, schema=schema(dimension), exist_ok=True)


class Writer:
    """Replaces the chunks of files.

    A file is unknown from before its first chunk is touched until after its last one is written: whenever the process
    dies, the next one finds it unknown, removes what there may be of it and reads it again.

    Attributes:
        embedded: Texts whose vectors were computed; `reused`: those whose vectors were there.
    """

    def __init__(self, folder: Path, files: KnownFiles, embeddings: Embeddings, dimension: int) -> None:
        database = connected(folder)
        self._files, self._embeddings, self._dimension = files, embeddings, dimension
        self._tables = {name: opened(database, name, folder) for name in TABLES.values()}
        self._old = {name: table for name, table in self._tables.items() if table.count_rows()}
        self.embedded = self.reused = 0

    def write(self, batch: Sequence[ReadFile], are_new: bool) -> None:
        """Puts files in, in the place of what there was of them.

        Args:
            are_new: Whether nothing was ever written of them.
        """
        self._files.record(KnownFile(name=file.known.name, source=file.known.source) for file in batch)
        made = {name: list(_of_table(batch, name)) for name in self._tables}
        vectors = {name: self._vectors(name, [chunk for _, chunk in found]) for name, found in made.items()}
        if not are_new:
            self._delete([file.known.name for file in batch])
        for name, found in made.items():
            if found:
                self._tables[name].add(stored(found, vectors[name]))
        self._files.record(file.known for file in batch)

    def remove(self, gone: Sequence[KnownFile]) -> None:
        """Takes files out."""
        self._files.record(KnownFile(name=file.name, source=file.source) for file in gone)
        names = [file.name for file in gone]
        for first in range(0, len(names), AT_ONCE):
            self._delete(names[first : first + AT_ONCE])
        self._files.forget(names)

    def finish(self) -> bool:
        """Brings the indexes up to date; whether vectors find more than words in what is there now."""
        from datagen_core.builtin.hashing import Hashing

        for table in self._tables.values():
            indexed(table)
        if isinstance(self._embeddings.embedder, Hashing):
            return False
        found = [columns(table, ["id", "text"]) for table in self._tables.values()]
        pairs = [(row["id"], row["text"]) for rows in found for row in rows.to_pylist()]
        return inverse_cloze([text for _, text in sorted(pairs)], self._embeddings).is_for_vectors

    def _delete(self, names: Sequence[str]) -> None:
        where = one_of("file", [file_key(name) for name in names])
        for table in self._tables.values():
            table.delete(where)

    def _vectors(self, name: str, chunks: Sequence[Seed]) -> NDArray[np.float32]:
        """Of chunks, those known by their content as they are in the table."""
        import numpy

        known = self._known(name, {chunk.row["content_hash"] for chunk in chunks})
        missing = {c.row["content_hash"]: c.text for c in chunks if c.row["content_hash"] not in known}
        made = zip(missing, self._embeddings.of(list(missing.values())), strict=True)
        self.embedded += len(missing)
        self.reused += len(known)
        known.update(made)
        rows = [known[chunk.row["content_hash"]] for chunk in chunks]
        return numpy.stack(rows) if rows else numpy.zeros((0, self._dimension), dtype=numpy.float32)

    def _known(self, name: str, hashes: set[str]) -> dict[str, NDArray[np.float32]]:
        if name not in self._old or not hashes:
            return {}
        found = columns(self._old[name], ["content_hash", "vector"], one_of("content_hash", hashes))
        rows = matrix(found["vector"], self._dimension)
        return dict(zip(found["content_hash"].to_pylist(), rows, strict=True))


def _of_table(batch: Sequence[ReadFile], table: str) -> Iterator[tuple[int, Seed]]:
    for file in batch:
        for position, chunk in enumerate(file.chunks):
            if TABLES[chunk.row["kind"]] == table:
                yield position, chunk
