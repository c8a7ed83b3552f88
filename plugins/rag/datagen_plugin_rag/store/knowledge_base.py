"""Passages that lie in a LanceDB folder: of a knowledge base that `datagen ingest` made, or of any table with texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datagen_core import DatagenError, InputError
from datagen_core.embeddings import Embeddings
from datagen_core.inputs import Seed
from datagen_plugin_rag.searching.lance_rankers import Tables
from datagen_plugin_rag.store.known_files import NAME, KnownFiles
from datagen_plugin_rag.store.lance_tables import columns, connected, matrix, opened
from datagen_plugin_rag.store.named_embedder import named_embedder
from datagen_plugin_rag.store.stored_chunks import restored

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class StoredPassages:
    """Passages with what the tables know of them.

    Attributes:
        chunks: The passages, by table, document and position.
        tables: The tables that they are in.
        embeddings: Who made their vectors; None where that isn't known or can't be asked.
        vector_column: Where these are.
        is_for_vectors: Whether vectors find more than words here; None where nobody looked.
        has_words: Whether LanceDB has an index of our terms.
        notice: What the user should know; "" if nothing.
        digest: A hash of the passages, and of who made the vectors.
    """

    chunks: tuple[Seed, ...]
    tables: Tables
    embeddings: Embeddings | None = None
    vector_column: str = "vector"
    is_for_vectors: bool | None = None
    has_words: bool = False
    notice: str = ""
    digest: str = ""

    def vectors(self) -> NDArray[np.float32]:
        """Of all passages, in their order: shape (passages, d), of unit length or zeros."""
        import numpy

        dimension = self.tables[0][0].schema.field(self.vector_column).type.list_size
        out = numpy.zeros((len(self.chunks), dimension), dtype=numpy.float32)
        for table, numbers in self.tables:
            found = columns(table, [self.vector_column])
            places = numpy.array([numbers.get(row, -1) for row in found["_rowid"].to_pylist()], dtype=int)
            rows = matrix(found[self.vector_column], dimension)
            out[places[places >= 0]] = rows[places >= 0]
        lengths = numpy.linalg.norm(out, axis=1, keepdims=True)
        numpy.divide(out, lengths, out=out, where=lengths > 0)
        return out


def is_knowledge_base(folder: Path) -> bool:
    """Whether `datagen ingest` made it."""
    return (folder / NAME).is_file()


def knowledge_base(folder: Path, tables: Sequence[str], embeddings: Embeddings) -> StoredPassages:
    """The passages of a knowledge base.

    Args:
        embeddings: The run's: they are used where its embedder is the knowledge base's, so that it is loaded once.

    Raises:
        InputError: it has no such table, or is empty.
    """
    settings = settings_of(folder)
    database = connected(folder)
    numbered: list[tuple[Any, Mapping[int, int]]] = []
    chunks: list[Seed] = []
    for name in tables:
        table = opened(database, name, folder)
        rows = columns(table, ["id", "document", "position", "text", "row"]).to_pylist()
        rows.sort(key=lambda row: (row["document"], row["position"]))
        numbered.append((table, {row["_rowid"]: at for at, row in enumerate(rows, start=len(chunks))}))
        chunks += [restored(row["id"], row["text"], row["row"]) for row in rows]
    if not chunks:
        raise no_passages(folder, tables)
    own, notice = _embeddings(settings["embedder"], embeddings)
    return StoredPassages(
        chunks=tuple(chunks),
        tables=numbered,
        embeddings=own,
        is_for_vectors=settings["is_for_vectors"],
        has_words=True,
        notice=notice,
        digest=digest_of([str(settings["embedder"]["identity"]), *(chunk.id for chunk in chunks)]),
    )


def settings_of(folder: Path) -> dict[str, Any]:
    """The settings of a knowledge base.

    Raises:
        InputError: there is none in the folder, or an interrupted ingest left it without tables.
    """
    if not is_knowledge_base(folder):
        raise InputError(
            "no knowledge base" if folder.is_dir() else "no such folder",
            where=str(folder),
            expected="a folder that datagen ingest made",
            hint=f"datagen ingest PATH --into {folder}",
        )
    files = KnownFiles(folder)
    settings = files.settings
    files.close()
    if not settings or settings["is_emptied"]:
        raise InputError(
            "the knowledge base was never finished",
            where=str(folder),
            hint=f"datagen ingest PATH --into {folder}",
        )
    return settings


def _embeddings(kept: Mapping[str, Any], of_run: Embeddings) -> tuple[Embeddings | None, str]:
    """Who made the vectors, ready to be asked; else why not."""
    try:
        named = named_embedder(kept["use"], kept["options"])
    except DatagenError as error:
        return (
            None,
            f"the vectors of the knowledge base aren't used, for their embedder can't be: {error.message}",
        )
    return (of_run if named.is_like(of_run.embedder) else Embeddings(named.part)), ""


def no_passages(folder: Path, tables: Iterable[str]) -> InputError:
    """The error for tables without texts."""
    return InputError(
        f"there are no passages in {' or '.join(tables)}",
        where=str(folder),
        expected="tables with rows",
        hint=f"datagen ingest PATH --into {folder}",
    )


def digest_of(parts: Iterable[str]) -> str:
    """A hash of texts in their order."""
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        made.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return made.hexdigest()
