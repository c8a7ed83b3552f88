"""Documents: files read into blocks with exact offsets, and cut into chunks that rows can be made from.

    for path in find_documents([Path("docs")]):
        for chunk in chunks(load_document(path, base=Path("docs"))):
            print(chunk.row["headings"], chunk.text)

One module per format turns source text into blocks; everything after that knows blocks only.
"""

from __future__ import annotations

from datagen_core.documents.allocation import Allocation, allocate
from datagen_core.documents.chunking import ChunkSizes, chunks, headings_at
from datagen_core.documents.document import Block, Document
from datagen_core.documents.finding import FoundFiles, find_documents, find_files
from datagen_core.documents.loading import Skipped, document_name, load_document, load_documents
from datagen_core.documents.spreading import Spread, over_asked
from datagen_core.documents.tokens import count_tokens

__all__ = [
    "Allocation",
    "Block",
    "ChunkSizes",
    "Document",
    "FoundFiles",
    "Skipped",
    "Spread",
    "allocate",
    "chunks",
    "count_tokens",
    "document_name",
    "find_documents",
    "find_files",
    "headings_at",
    "load_document",
    "load_documents",
    "over_asked",
]
