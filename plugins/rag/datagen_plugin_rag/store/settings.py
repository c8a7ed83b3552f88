"""A knowledge base opened for writing: by one process at a time, with the settings that it was made with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import datagen_core
from datagen_core import DatagenError, InputError
from datagen_core.documents import ChunkSizes
from datagen_core.embeddings import Embeddings
from datagen_core.nothing import EMPTY
from datagen_plugin_rag.store.known_files import NAME, KnownFiles
from datagen_plugin_rag.store.named_embedder import NamedEmbedder, named_embedder
from datagen_plugin_rag.store.writing import TABLES, create_tables

FORMAT = 1
"""Of a knowledge base: one of another format is made anew."""
LOCK = "ingest.lock"


@contextmanager
def alone(into: Path) -> Iterator[None]:
    """Holds the knowledge base in a folder, which is made where it isn't there.

    Raises:
        InputError: the folder holds other things.
        DatagenError: another process holds it, or it can't be written.
    """
    if into.exists() and not (into.is_dir() and (_is_ours(into) or not any(into.iterdir()))):
        raise InputError(
            "there is something else than a knowledge base",
            where=str(into),
            expected="--into a new folder, an empty one, or a knowledge base",
        )
    lock = FileLock(str(into / LOCK))
    try:
        into.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise DatagenError(
            "another process is ingesting into this knowledge base", where=str(into), hint="wait for it"
        ) from None
    except OSError as error:
        raise DatagenError(f"the folder can't be written: {error.strerror}", where=str(into)) from None
    try:
        yield
    finally:
        lock.release()


def _is_ours(folder: Path) -> bool:
    return (folder / NAME).is_file() or [path.name for path in folder.iterdir()] == [LOCK]


@contextmanager
def opened_files(into: Path, *, rebuild: bool = False) -> Iterator[KnownFiles]:
    """Its list of files, which is made where it isn't there; with `rebuild` also where it can't be read."""
    try:
        files = KnownFiles(into, is_new=True)
    except InputError:
        if not rebuild:
            raise
        (into / NAME).write_bytes(b"")  # an empty file is an empty list
        files = KnownFiles(into, is_new=True)
    try:
        yield files
    finally:
        files.close()


def known_places(into: Path) -> Mapping[str, str]:
    """The roots that a folder's knowledge base has documents of → where they lay; none where there is no such."""
    if not (into / NAME).is_file():
        return {}
    with opened_files(into) as files:
        places: Mapping[str, str] = files.settings.get("places", {})
        return places


def settled(
    into: Path,
    files: KnownFiles,
    *,
    sizes: ChunkSizes | None = None,
    embedder: str | None = None,
    options: Mapping[str, Any] = EMPTY,
    rebuild: bool = False,
) -> NamedEmbedder:
    """The embedder; afterwards the knowledge base has tables and the settings that were asked for, or its own.

    Raises:
        InputError: it has others.
    """
    has = files.settings
    if not has or rebuild:
        chosen = named_embedder(embedder or "hashing", options)
        _make_anew(into, files, sizes or ChunkSizes(), chosen)
        return chosen
    if has["format"] != FORMAT:
        raise _other("its format", has["format"], FORMAT, into)
    if sizes is not None and sizes.model_dump() != has["sizes"]:
        raise _other("its chunks", _shown(has["sizes"]), _shown(sizes.model_dump()), into)
    kept = has["embedder"]
    chosen = named_embedder(embedder or kept["use"], options if embedder or options else kept["options"])
    if chosen.identity() != kept["identity"]:
        raise _other("its embedder", _shown(kept["identity"]), _shown(chosen.identity()), into)
    if has["is_emptied"] or not all((into / f"{table}.lance").is_dir() for table in TABLES.values()):
        _make_anew(into, files, ChunkSizes.model_validate(has["sizes"]), chosen)
    if has["datagen"] != datagen_core.__version__:  # whose parsers may be others
        files.distrust()
        files.set(datagen=datagen_core.__version__)
    return chosen


def _make_anew(into: Path, files: KnownFiles, sizes: ChunkSizes, embedder: NamedEmbedder) -> None:
    dimension = Embeddings(embedder.part).of(["one text"]).shape[1]
    kept = {"use": embedder.name, "options": embedder.options, "identity": embedder.identity()}
    files.start_anew(
        format=FORMAT,
        datagen=datagen_core.__version__,
        sizes=sizes.model_dump(),
        embedder=kept,
        dimension=dimension,
        places={},
        is_for_vectors=False,
        is_emptied=True,
        is_finished=False,
        ingested_at=0,
    )
    for table in TABLES.values():
        shutil.rmtree(into / f"{table}.lance", ignore_errors=True)
    create_tables(into, dimension)
    files.set(is_emptied=False)


def _other(what: str, has: object, asked: object, into: Path) -> InputError:
    return InputError(
        f"{what}: {has}; asked for: {asked}",
        where=str(into),
        expected="the settings that the knowledge base was made with",
        hint="add --rebuild to make it anew, or choose another folder",
    )


def _shown(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in settings.items())
