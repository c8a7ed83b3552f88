"""Documents: files read into blocks with exact offsets, and cut into chunks that rows can be made from.

    for path in find_documents([Path("docs")]):
        for chunk in chunks(load_document(path, base=Path("docs"))):
            print(chunk.row["headings"], chunk.text)

One module per format turns source text into blocks; everything after that knows blocks only.
"""

from __future__ import annotations

from datagen_core.documents.allocation import Allocation, allocate
from datagen_core.documents.chunking import ChunkSizes, chunks, headings_at, tokens_of
from datagen_core.documents.document import Block, Document
from datagen_core.documents.finding import FoundFiles, find_documents, find_files
from datagen_core.documents.loading import document_name, load_document
from datagen_core.documents.spreading import Spread, chunks_to_ask_about, over_asked
from datagen_core.documents.tokens import count_tokens

__all__ = [
    "Allocation",
    "Block",
    "ChunkSizes",
    "Document",
    "FoundFiles",
    "Spread",
    "allocate",
    "chunks",
    "chunks_to_ask_about",
    "count_tokens",
    "document_name",
    "find_documents",
    "find_files",
    "headings_at",
    "load_document",
    "over_asked",
    "tokens_of",
]
