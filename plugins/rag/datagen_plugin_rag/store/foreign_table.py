"""A LanceDB table that something else than `datagen ingest` made, used as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datagen_core import InputError
from datagen_core.documents import Block, count_tokens
from datagen_core.embeddings import Embeddings
from datagen_core.inputs import Seed
from datagen_plugin_rag.config import ForeignColumns
from datagen_plugin_rag.store.knowledge_base import StoredPassages, digest_of, no_passages
from datagen_plugin_rag.store.lance_tables import columns, connected, opened
from datagen_plugin_rag.store.stored_chunks import content_hash


def foreign_table(folder: Path, name: str, told: ForeignColumns, embeddings: Embeddings) -> StoredPassages:
    """The texts of a table as passages; one row, one passage.

    Its other columns of text, numbers and lists of text are fields of the passage, which filters can name. Vectors are
    used where the run's embedder is the one that they are told to be by, and gives as many numbers.

    Raises:
        InputError: there is no such table or column, or no text.
    """
    table = opened(connected(folder), name, folder)
    schema = table.schema
    for column in (told.text_column, told.id_column, told.vector_column):
        if column is not None and column not in schema.names:
            raise InputError(
                f"the table {name!r} has no column {column!r}",
                where=str(folder),
                expected=f"one of {', '.join(schema.names)}",
            )
    kept = [field.name for field in schema if _is_plain(field.type)]
    rows = columns(table, list(dict.fromkeys([told.text_column, *kept]))).to_pylist()
    rows = [row for row in rows if isinstance(row[told.text_column], str) and row[told.text_column].strip()]
    if not rows:
        raise no_passages(folder, [name])
    rows.sort(key=lambda row: row["_rowid"])
    seen: Counter[str] = Counter()
    chunks = tuple(_chunk(row, name, told, seen) for row in rows)
    own, notice = _embeddings(table, told, embeddings)
    return StoredPassages(
        chunks=chunks,
        tables=[(table, {row["_rowid"]: at for at, row in enumerate(rows)})],
        embeddings=own,
        vector_column=told.vector_column or "",
        notice=notice,
        digest=digest_of(f"{chunk.id} {chunk.row['content_hash']}" for chunk in chunks),
    )


def _is_plain(kind: Any) -> bool:
    from pyarrow import types

    if types.is_list(kind):
        return bool(types.is_string(kind.value_type))
    tests = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    return any(test(kind) for test in tests)


def _chunk(row: Mapping[str, Any], table: str, told: ForeignColumns, seen: Counter[str]) -> Seed:
    text: str = row[told.text_column]
    hashed = content_hash(text)
    key = f"c{hashed}" if told.id_column is None else str(row[told.id_column])
    seen[key] += 1
    own = {name: value for name, value in row.items() if name not in (told.text_column, "_rowid")}
    made = {
        "document": table,
        "title": table,
        "headings": [],
        "kind": "text",
        "language": "",
        **own,
        "start": 0,
        "end": len(text),
        "blocks": (Block("paragraph", 0, len(text)),),
        "content_hash": hashed,
        "tokens": count_tokens(text),
    }
    return Seed(id=key if seen[key] == 1 else f"{key}-{seen[key]}", text=text, row=made)


def _embeddings(table: Any, told: ForeignColumns, embeddings: Embeddings) -> tuple[Embeddings | None, str]:
    if told.vector_column is None:
        return None, ""
    from datagen_core.plugins.host import installed

    wanted = getattr(table.schema.field(told.vector_column).type, "list_size", None)
    offer, _ = installed().find("embedder", told.vectors_by or "hashing", "vectors_by")
    is_same = told.vectors_by is not None and offer.component.load_impl() is type(embeddings.embedder)
    if is_same and embeddings.of(["one text"]).shape[1] == wanted:
        return embeddings, ""
    numbers = wanted or "no fixed number of"
    by = told.vectors_by or "an embedder that vectors_by would name"
    return None, (
        f"the vectors in {told.vector_column} aren't used: they have {numbers} numbers and are by {by}, "
        "the recipe's embedder is another"
    )
