"""Documents into a knowledge base: read what is new or changed, remove what is gone, leave the rest alone."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datagen_core import DatagenError, InputError
from datagen_core.documents import ChunkSizes, chunks, load_document
from datagen_core.embeddings import Embeddings
from datagen_core.nothing import EMPTY
from datagen_plugin_rag.store.found_files import FoundFile, Gathered, Source, gathered
from datagen_plugin_rag.store.known_files import KnownFile, KnownFiles
from datagen_plugin_rag.store.named_embedder import NamedEmbedder
from datagen_plugin_rag.store.settings import alone, known_places, opened_files, settled
from datagen_plugin_rag.store.stored_chunks import storable
from datagen_plugin_rag.store.writing import TABLES, ReadFile, Writer

BATCH_CHUNKS = 512
"""Chunks that are written at once."""
UNSETTLED_NS = 2_000_000_000
"""A file changed so shortly before it was read may change again without its time showing it."""

Observer = Callable[[int, int, str], None]
"""Is told how many files are done, how many there are, and the name of the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What an ingest did.

    Attributes:
        read, changed, unchanged, removed: Files: new, read again, left alone, gone.
        skipped: Name of the document → why it couldn't be read.
        notes: Name of the document → what should be known of how it was read now.
        left_out: Why files in folders weren't taken at all → how many.
        embedded, reused: Vectors computed, and taken over from equal texts.
        chunks: Table → chunks that the knowledge base holds now.
        tokens: Of all of them.
    """

    read: int
    changed: int
    unchanged: int
    removed: int
    skipped: Mapping[str, str]
    notes: Mapping[str, str]
    left_out: Mapping[str, int]
    embedded: int
    reused: int
    chunks: Mapping[str, int]
    tokens: int

    @property
    def has_read_nothing(self) -> bool:
        """Whether files were there and none could be read."""
        return bool(self.skipped) and not (self.read or self.changed or self.unchanged)


def ingest(
    paths: Sequence[Path],
    into: Path,
    *,
    sizes: ChunkSizes | None = None,
    embedder: str | None = None,
    options: Mapping[str, Any] = EMPTY,
    max_mb: float | None = None,
    rebuild: bool = False,
    observe: Observer = lambda done, total, name: None,
) -> Ingested:
    """Puts files, folders and patterns into the knowledge base in a folder; a second time only what changed.

    A file that can't be read is skipped and named in the result. Of a source given again, what is no longer there is
    removed. Killed at any moment, the same call again gives what an undisturbed one would have given.

    Args:
        into: The folder; it is made where it isn't there.
        sizes: Of chunks; by default as the knowledge base has them, or 512 to 1,024 tokens.
        embedder: Its name; by default the knowledge base's, or `hashing`. `options` are its options.
        max_mb: Larger files are skipped, in MiB.
        rebuild: Whether the knowledge base is emptied first, and takes other settings.

    Raises:
        InputError: a path names nothing, the folder holds other things, or the knowledge base has other settings.
        DatagenError: another process is ingesting.
    """
    found = gathered(paths, {} if rebuild else known_places(into), without=into)
    with alone(into), opened_files(into, rebuild=rebuild) as files:
        chosen = settled(into, files, sizes=sizes, embedder=embedder, options=options, rebuild=rebuild)
        _check_places(files.settings["places"], found.sources)
        return _Ingest(into, files, chosen, max_mb, observe).run(found)


class _Ingest:
    """One ingest into a knowledge base that is open and has settings."""

    def __init__(
        self, into: Path, files: KnownFiles, embedder: NamedEmbedder, max_mb: float | None, observe: Observer
    ) -> None:
        self._into, self._files, self._embedder, self._observe = into, files, embedder, observe
        self._max_bytes = None if max_mb is None else int(max_mb * 2**20)
        self._sizes = ChunkSizes.model_validate(files.settings["sizes"])
        self._known = files.all()
        self._touched: list[KnownFile] = []
        self._lazy_writer: Writer | None = None

    @property
    def _writer(self) -> Writer:
        """Opened when there is something to write: that nothing changed is told without LanceDB."""
        if self._lazy_writer is None:
            dimension = self._files.settings["dimension"]
            embeddings = Embeddings(self._embedder.part)
            self._files.set(is_finished=False)
            self._lazy_writer = Writer(self._into, self._files, embeddings, dimension)
        return self._lazy_writer

    def run(self, found: Gathered) -> Ingested:
        before = self._files.settings["places"]
        places = {**before, **{source.root: str(source.place) for source in found.sources}}
        if places != before:
            self._files.set(places=places)
        todo = [file for file in found.files if not self._is_unchanged(file)]
        if self._touched:
            self._files.record(self._touched)
        read = self._write(todo)
        names = {file.name for file in found.files}
        missing = [known for known in self._known.values() if known.name not in names]
        gone = [known for known in missing if any(source.covers(known) for source in found.sources)]
        if gone:
            self._writer.remove(gone)
        if not self._files.settings["is_finished"]:
            self._files.set(is_for_vectors=self._writer.finish(), is_finished=True)
        self._files.set(ingested_at=int(time.time()))
        return self._told(read, len(found.files) - len(todo), len(gone), found.left_out)

    def _is_unchanged(self, file: FoundFile) -> bool:
        """By size and time, else by content; what was skipped or interrupted is tried again."""
        known = self._known.get(file.name)
        if known is None or not known.sha256:
            return False
        try:
            stat = file.path.stat()
            if stat.st_size != known.size:
                return False
            if stat.st_mtime_ns == known.mtime_ns and file.source == known.source:
                return True
            if stat.st_mtime_ns != known.mtime_ns and _sha256(file.path) != known.sha256:
                return False
        except OSError:
            return False
        self._touched.append(replace(known, source=file.source, mtime_ns=_told_apart_by(stat)))
        return True

    def _write(self, todo: Sequence[FoundFile]) -> list[ReadFile]:
        """Reads and writes in batches; the files without their chunks."""
        done: list[ReadFile] = []
        batches: dict[bool, list[ReadFile]] = {True: [], False: []}  # new files, and those known before
        for at, file in enumerate(todo):
            self._observe(at, len(todo), file.name)
            is_new = file.name not in self._known
            batch = batches[is_new]
            batch.append(self._read(file))
            done.append(ReadFile(batch[-1].known, ()))
            if sum(len(one.chunks) for one in batch) >= BATCH_CHUNKS:
                self._writer.write(batch, is_new)
                batch.clear()
        for is_new, batch in batches.items():
            if batch:
                self._writer.write(batch, is_new)
        self._observe(len(todo), len(todo), "")
        return done

    def _read(self, file: FoundFile) -> ReadFile:
        try:
            stat = file.path.stat()
            document = load_document(file.path, max_bytes=self._max_bytes)
            if not document.blocks:
                raise InputError("the document holds no text")
            made = chunks(replace(document, name=file.name, text=storable(document.text)), self._sizes)
            digest = _sha256(file.path)
        except Exception as error:  # of any kind: one bad file mustn't stop the others, and is named
            return ReadFile(KnownFile(name=file.name, source=file.source, reason=_reason(error)), ())
        kinds = [chunk.row["kind"] for chunk in made]
        known = KnownFile(
            name=file.name,
            source=file.source,
            size=stat.st_size,
            mtime_ns=_told_apart_by(stat),
            sha256=digest,
            text_chunks=kinds.count("text"),
            code_chunks=kinds.count("code"),
            tokens=sum(chunk.row["tokens"] for chunk in made),
            note=storable(document.note),
        )
        return ReadFile(known, made)

    def _told(
        self, read: Sequence[ReadFile], unchanged: int, removed: int, left_out: Mapping[str, int]
    ) -> Ingested:
        now = self._files.all().values()
        good = [file.known.name for file in read if not file.known.reason]
        changed = sum(name in self._known and self._known[name].sha256 != "" for name in good)
        return Ingested(
            read=len(good) - changed,
            changed=changed,
            unchanged=unchanged,
            removed=removed,
            skipped={file.known.name: file.known.reason for file in read if file.known.reason},
            notes={file.known.name: file.known.note for file in read if file.known.note},
            left_out=left_out,
            embedded=self._lazy_writer.embedded if self._lazy_writer else 0,
            reused=self._lazy_writer.reused if self._lazy_writer else 0,
            chunks={
                TABLES["text"]: sum(file.text_chunks for file in now),
                TABLES["code"]: sum(file.code_chunks for file in now),
            },
            tokens=sum(file.tokens for file in now),
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _told_apart_by(stat: os.stat_result) -> int:
    """The time of the last change; 0, which fits none, where it is too recent to tell the next change by."""
    return stat.st_mtime_ns if time.time_ns() - stat.st_mtime_ns > UNSETTLED_NS else 0


def _reason(error: Exception) -> str:
    text = error.message if isinstance(error, DatagenError) else f"{type(error).__name__}: {error}"
    return storable(" ".join(text.split()))[:300]


def _check_places(known: Mapping[str, str], sources: Sequence[Source]) -> None:
    """Two folders of one name would take each other's documents for removed."""
    places = dict(known)
    for source in sources:
        before = places.setdefault(source.root, str(source.place))
        if before != str(source.place) and Path(before).exists():
            raise InputError(
                f"there are documents of another {source.root}: {before}",
                where=str(source.place),
                expected="one place for each name",
                hint="give the folder that holds both, or take another knowledge base",
            )
