"""Chunks as rows of a table, and back: what comes out has the row that `datagen_core.documents.chunks` gave."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from datagen_core.documents import Block
from datagen_core.inputs import Seed
from datagen_plugin_rag.searching.terms import terms

if TYPE_CHECKING:
    import numpy as np
    import pyarrow
    from numpy.typing import NDArray

_BLOCK = [field.name for field in fields(Block)]


def schema(dimension: int) -> pyarrow.Schema:
    """The columns of a table of chunks, with vectors of so many numbers."""
    import pyarrow

    text, number = pyarrow.string(), pyarrow.int64()
    return pyarrow.schema(
        {
            "id": text,
            "file": text,  # the hash of the document's name
            "position": number,  # in the document, from 0
            "document": text,
            "title": text,
            "headings": pyarrow.list_(text),
            "kind": text,
            "language": text,
            "tokens": number,
            "content_hash": text,
            "text": text,
            "words": text,  # what the full-text index is made of
            "row": text,  # the whole row as JSON
            "vector": pyarrow.list_(pyarrow.float32(), dimension),
        }
    )


def stored(chunks: Sequence[tuple[int, Seed]], vectors: NDArray[np.float32]) -> pyarrow.Table:
    """Chunks, each with its position in its document, as rows of the table; a vector for each."""
    import pyarrow

    columns = schema(vectors.shape[1])
    flat = pyarrow.array(vectors.ravel())
    rows = pyarrow.Table.from_pylist(
        [_stored(chunk, position) for position, chunk in chunks], columns.remove(len(columns) - 1)
    )
    made = pyarrow.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    return rows.append_column(columns.field("vector"), made)


def _stored(chunk: Seed, position: int) -> dict[str, Any]:
    row = chunk.row
    return {
        "id": chunk.id,
        "file": file_key(row["document"]),
        "position": position,
        **{key: row[key] for key in ("document", "title", "kind", "language", "tokens", "content_hash")},
        "headings": [storable(heading) for heading in row["headings"]],
        "title": storable(row["title"]),
        "text": chunk.text,
        "words": " ".join(terms(chunk.text)),
        "row": json.dumps({**row, "blocks": [_as_list(block) for block in row["blocks"]]}),
    }


def restored(chunk_id: str, text: str, row: str) -> Seed:
    """The chunk that was stored."""
    found = json.loads(row)
    found["blocks"] = tuple(_as_block(block) for block in found["blocks"])
    return Seed(id=chunk_id, text=text, row=found)


def file_key(name: str) -> str:
    """What stands for a document's name in conditions: hex digits alone, whatever the name holds."""
    return content_hash(name)


def content_hash(text: str) -> str:
    """The hash of a chunk's text alone, as `datagen_core.documents.chunks` makes it."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def storable(text: str) -> str:
    """The text, as long as before, with halves of surrogate pairs replaced: they are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _as_list(block: Block) -> list[Any]:
    return [getattr(block, name) for name in _BLOCK]


def _as_block(values: list[Any]) -> Block:
    named = dict(zip(_BLOCK, values, strict=True))
    return Block(**{**named, "headings": tuple(named["headings"])})
