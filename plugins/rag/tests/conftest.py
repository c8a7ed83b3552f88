"""Documents, and knowledge bases made of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datagen_core.documents import ChunkSizes

SIZES = ChunkSizes(min_tokens=12, max_tokens=40)
DOCUMENTS = {
    "tides.md": "# Tides\n\n## High\n\nThe moon's gravity raises the sea twice a day.\n\n"
    "## Low\n\nLow tide follows high tide after about six hours, on average.\n",
    "bread.md": "# Bread\n\nYeast turns sugar into gas. Bread rises faster in a warm kitchen.\n",
    "deep/中文.md": "# 集群\n\n集群成员的变更需要多数同意。\n\n## 租约\n\n租约到期后键会被删除。\n",
    "deep/thai.md": "# ต้นไม้\n\nต้นไม้ใช้แสงแดดสร้างอาหาร\n",
    "deep/arabic.md": "# النبات\n\nالنبات يصنع غذاءه من ضوء الشمس.\n",
    "code/heap.py": '"""Heaps."""\n\n\ndef sift_down(heap, at):\n    """Restores the heap."""\n    return heap[at]\n',
}


def _written(folder: Path, documents: dict[str, str]) -> Path:
    """The folder with these documents, an hour old: their times tell changes apart."""
    for name, text in documents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        _aged(file)
    return folder


def _aged(file: Path) -> None:
    """Makes a file an hour older than it is."""
    stat = file.stat()
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns - 3_600_000_000_000))


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of documents in four languages and some code; not to be changed."""
    return _written(tmp_path_factory.mktemp("documents") / "docs", DOCUMENTS)


@pytest.fixture(scope="session")
def kb(tmp_path_factory: pytest.TempPathFactory, docs: Path) -> Path:
    """A knowledge base of these; not to be changed."""
    from datagen_plugin_rag.store.ingesting import ingest

    folder = tmp_path_factory.mktemp("bases") / "kb"
    ingest([docs], folder, sizes=SIZES)
    return folder


@pytest.fixture
def own_docs(docs: Path, tmp_path: Path) -> Path:
    """A copy of the documents that may be changed."""
    return Path(shutil.copytree(docs, tmp_path / "docs"))


@pytest.fixture
def own_kb(kb: Path, tmp_path: Path) -> Path:
    """A copy of the knowledge base that may be changed. It was made of another folder `docs`."""
    return Path(shutil.copytree(kb, tmp_path / "kb"))


def _content(folder: Path) -> dict[str, Any]:
    """All that decides answers: rows of the tables, and what is known of the files, times apart."""
    from dataclasses import replace

    from datagen_plugin_rag.store.known_files import KnownFiles
    from datagen_plugin_rag.store.lance_tables import columns, connected
    from datagen_plugin_rag.store.stored_chunks import schema

    files = KnownFiles(folder)
    known = [replace(file, mtime_ns=0) for file in files.all().values()]
    settings = {key: value for key, value in files.settings.items() if key not in ("ingested_at", "places")}
    files.close()
    names = [name for name in schema(1).names if name != "vector"]
    tables = {}
    for name in ("chunks", "code_chunks"):
        rows = columns(connected(folder).open_table(name), [*names, "vector"]).drop(["_rowid"]).to_pylist()
        tables[name] = sorted(rows, key=lambda row: str(row["id"]))
    return {"files": known, "settings": settings, **tables}


@pytest.fixture(scope="session")
def write() -> Callable[[Path, dict[str, str]], Path]:
    """Writes documents into a folder, an hour old."""
    return _written


@pytest.fixture(scope="session")
def aged() -> Callable[[Path], None]:
    """Makes a file an hour older."""
    return _aged


@pytest.fixture(scope="session")
def content() -> Callable[[Path], dict[str, Any]]:
    """Reads all of a knowledge base that decides answers."""
    return _content
