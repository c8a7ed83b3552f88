"""Which files a list of files, folders and patterns means."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path

from datagen_core.documents.loading import PARSERS
from datagen_core.errors import InputError

ENDINGS = tuple(PARSERS)


def find_documents(given: Sequence[Path]) -> list[Path]:
    """The files meant, each once: in the order given, and by name within a folder or pattern.

    Args:
        given: A file counts whatever its ending. A folder gives all files below it with a known ending,
            hidden ones apart. A pattern (`docs/**/*.md`) gives what it matches with a known ending, or
            with the ending it spells out itself (`notes/*.log`).

    Raises:
        InputError: an entry that names nothing.
    """
    found: dict[Path, None] = {}
    for entry in given:
        found.update(dict.fromkeys(_one(entry)))
    return list(found)


def _one(entry: Path) -> list[Path]:
    if entry.is_file():
        return [entry]
    if entry.is_dir():
        files = _known(entry.rglob("*"), below=entry)
        if files:
            return files
        raise InputError("no document in the folder", where=str(entry), expected=_expected())
    if glob.has_magic(str(entry)):
        matches = (Path(name) for name in glob.iglob(str(entry), recursive=True))  # noqa: PTH207 (takes any path)
        files = _known(matches, also=entry.suffix)
        if files:
            return files
        raise InputError("no document matches the pattern", where=str(entry), expected=_expected())
    raise InputError(
        "no such file or folder",
        where=str(entry),
        expected="a file, a folder or a pattern such as docs/**/*.md, relative to the recipe",
        hint=f"{_beside(entry)}; correct the path or put the file there",
    )


def _known(paths: Iterable[Path], *, below: Path | None = None, also: str = "") -> list[Path]:
    def counts(path: Path) -> bool:
        hidden = below and any(part.startswith(".") for part in path.relative_to(below).parts)
        ending = path.suffix.lower()
        return not hidden and (ending in ENDINGS or (also != "" and path.suffix == also)) and path.is_file()

    return sorted(path for path in paths if counts(path))


def _expected() -> str:
    return f"at least one file ending in {', '.join(ENDINGS)}"


def _beside(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} doesn't exist either"
    names = sorted(p.name for p in folder.iterdir())[:8]
    return f"{folder} holds: {', '.join(names) or 'nothing'}"
