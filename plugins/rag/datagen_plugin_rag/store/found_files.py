"""Which files a folder, a pattern or a file means to a knowledge base, and what their documents are called."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datagen_core import InputError
from datagen_core.documents.finding import find_files
from datagen_plugin_rag.store.known_files import KnownFile


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file, the name of its document, and the source that it was found in."""

    path: Path
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """A place that files come from: what it is called (`docs/`, `docs/**/*.md`, `faq.md`) and where it lies now.

    Names of documents begin with that of the folder (the `root`), so that they say nothing of where it lies.
    """

    name: str
    root: str
    place: Path
    given: Path

    def covers(self, file: KnownFile) -> bool:
        """Whether a file is of this source: found there, or below the folder."""
        return file.source == self.name or (self.name.endswith("/") and file.name.startswith(self.name))


def source_of(given: Path) -> Source:
    """What an entry of the command means."""
    path = Path(os.path.normpath(given.absolute()))
    if path.is_dir():
        return Source(f"{path.name}/", path.name, path, path)
    if path.is_file() or not glob.has_magic(str(given)):
        return Source(path.name, path.name, path, path)
    plain = next(i for i, part in enumerate(path.parts) if glob.has_magic(part))
    folder = Path(*path.parts[:plain])
    return Source(f"{folder.name}/{'/'.join(path.parts[plain:])}", folder.name, folder, path)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What all entries mean: files, each once; the sources; why files weren't taken → how many."""

    files: tuple[FoundFile, ...]
    sources: tuple[Source, ...]
    left_out: Mapping[str, int]


def gathered(given: Sequence[Path], known: Collection[str], *, without: Path) -> Gathered:
    """The files that entries mean.

    Args:
        given: Files, folders and patterns.
        known: Roots that gave files before: these may be empty now.
        without: A folder that is left out: the knowledge base's own.

    Raises:
        InputError: an entry names nothing, or two files would get one name.
    """
    sources = [source_of(entry) for entry in given]
    own = Path(os.path.normpath(without.absolute()))
    left: Counter[str] = Counter()
    found: dict[str, FoundFile] = {}
    for source in sources:
        is_around = own.is_relative_to(source.place)
        for path in _files(source, known, left):
            if is_around and path.is_relative_to(own):
                continue
            name = _name(path, source)
            other = found.setdefault(name, FoundFile(path, name, source.name)).path
            if other != path:
                raise InputError(
                    f"two documents would be called {name!r}: {other} and {path}",
                    expected="one name for each document",
                    hint="give the folder that holds both",
                )
    return Gathered(tuple(found.values()), tuple(sources), dict(left))


def _files(source: Source, known: Collection[str], left: Counter[str]) -> tuple[Path, ...]:
    try:
        found = find_files([source.given])
    except InputError:
        if source.root in known and source.place.is_dir():
            return ()
        raise
    left.update(found.left_out)
    return found.paths


def _name(path: Path, source: Source) -> str:
    """Relative to the folder that holds the source's; names of files needn't be text."""
    name = path.as_posix()[len(source.place.parent.as_posix().rstrip("/")) + 1 :]
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
