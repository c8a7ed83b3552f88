"""What a knowledge base holds, in numbers and headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen_plugin_rag.store.knowledge_base import settings_of
from datagen_plugin_rag.store.known_files import KnownFile, KnownFiles
from datagen_plugin_rag.store.lance_tables import columns, connected, opened
from datagen_plugin_rag.store.stored_chunks import restored
from datagen_plugin_rag.store.writing import TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A knowledge base at a glance.

    Attributes:
        documents: Document → chunks, tokens and its main headings: those of the highest level that has several.
        chunks: Table → chunks.
        tokens: Of all documents.
        embedder, sizes: What it was made with.
        is_for_vectors: Whether `mode: auto` asks the vectors too.
        ingested_at: Seconds since 1970 of the last ingest.
        skipped: Document → why it isn't there.
        unfinished: Documents that an interrupted ingest left half-written.
    """

    documents: Mapping[str, Mapping[str, Any]]
    chunks: Mapping[str, int]
    tokens: int
    embedder: Mapping[str, Any]
    dimension: int
    sizes: Mapping[str, int]
    is_for_vectors: bool
    ingested_at: int
    skipped: Mapping[str, str]
    unfinished: tuple[str, ...]


def overview(folder: Path) -> Overview:
    """What is in the knowledge base in a folder; raises InputError where there is none."""
    settings = settings_of(folder)
    known = KnownFiles(folder)
    files = known.all().values()
    known.close()
    good = [file for file in files if file.sha256]
    headings = _headings(folder)
    return Overview(
        documents={file.name: _document(file, headings.get(file.name, [])) for file in good},
        chunks={
            TABLES["text"]: sum(file.text_chunks for file in good),
            TABLES["code"]: sum(file.code_chunks for file in good),
        },
        tokens=sum(file.tokens for file in good),
        embedder=settings["embedder"]["identity"],
        dimension=settings["dimension"],
        sizes=settings["sizes"],
        is_for_vectors=settings["is_for_vectors"],
        ingested_at=settings["ingested_at"],
        skipped={file.name: file.reason for file in files if file.reason},
        unfinished=tuple(file.name for file in files if not file.sha256 and not file.reason),
    )


def _document(file: KnownFile, paths: list[tuple[str, ...]]) -> dict[str, Any]:
    return {
        "chunks": file.text_chunks + file.code_chunks,
        "tokens": file.tokens,
        "headings": _main(list(dict.fromkeys(paths))),
    }


def _headings(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    """Document → the paths of its headings, in order."""
    database = connected(folder)
    out: dict[str, list[tuple[str, ...]]] = {}
    for name in TABLES.values():
        rows = columns(opened(database, name, folder), ["document", "position", "row"]).to_pylist()
        for row in sorted(rows, key=lambda row: (row["document"], row["position"])):
            blocks = restored("", "", row["row"]).row["blocks"]
            out.setdefault(row["document"], []).extend(block.headings for block in blocks)
    return out


def _main(paths: list[tuple[str, ...]]) -> list[str]:
    """The headings of the highest level that has several; where none has, the lowest one."""
    found: list[str] = []
    for level in range(max(map(len, paths), default=0)):
        found = list(dict.fromkeys(path[level] for path in paths if len(path) > level))
        if len(found) > 1:
            break
    return found
