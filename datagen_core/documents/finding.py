"""Which files a list of files, folders and patterns means."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datagen_core.documents.loading import FILES, PACKED, TEXTS
from datagen_core.documents.source_code import LANGUAGES
from datagen_core.errors import InputError

PAGES = (*TEXTS, *PACKED)
"""Endings of files that are written to be read."""
ENDINGS = (*TEXTS, *FILES, *LANGUAGES)

_NOT_ENTERED = frozenset({"node_modules", "__pycache__", "site-packages"})
_GENERATED = re.compile(r".*\.min\.m?js|.*-lock\.json|npm-shrinkwrap\.json", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What a list of files, folders and patterns means.

    Attributes:
        paths: Each file once: in the order given, and by name within a folder or pattern.
        named: Those of them that were named themselves.
        tops: File → the folder that holds what was given: the file itself, the folder, the pattern's folder.
        left_out: Why files of folders and patterns weren't taken → how many. Hidden ones and those in
            `node_modules`, `__pycache__` and `site-packages` aren't looked at.
    """

    paths: tuple[Path, ...]
    named: frozenset[Path]
    tops: Mapping[Path, Path]
    left_out: Mapping[str, int]


def find_documents(given: Sequence[Path]) -> list[Path]:
    """The files meant, each once: `find_files(given).paths`."""
    return list(find_files(given).paths)


def find_files(given: Sequence[Path]) -> FoundFiles:
    """The files meant, which of them were named, and how many others there are.

    Args:
        given: A file counts whatever its ending. A folder gives all files below it with a known ending; a
            pattern (`docs/**/*.md`) what it matches with a known ending, or with the ending it spells out itself
            (`notes/*.log`). Neither gives hidden files, lock files, minified ones, or links that lead out of the
            folder; folders that are links are not entered.

    Raises:
        InputError: an entry that names nothing.
    """
    found: dict[Path, None] = {}
    named: set[Path] = set()
    tops: dict[Path, Path] = {}
    total: Counter[str] = Counter()
    for entry in given:
        if entry.is_file():
            named.add(entry)
            found[entry] = None
            tops.setdefault(entry, entry.parent)
            continue
        left: Counter[str] = Counter()
        top, taken = _taken(entry, left)
        found.update(dict.fromkeys(taken))
        tops = {**dict.fromkeys(taken, top.parent), **tops}
        total += left
    return FoundFiles(tuple(found), frozenset(named), tops, dict(total))


def _taken(entry: Path, left: Counter[str]) -> tuple[Path, list[Path]]:
    """A folder, or that of a pattern, and its files that are meant; counts the others."""
    among: Iterable[Path]
    if entry.is_dir():
        top, among, also, what = entry, _below(entry, left), "", "no document in the folder"
    elif glob.has_magic(str(entry)):
        top, among = _matching(entry)
        also, what = entry.suffix, "no document matches the pattern"
    else:
        raise InputError(
            "no such file or folder",
            where=str(entry),
            expected="a file, a folder or a pattern such as docs/**/*.md, relative to the recipe",
            hint=f"{_beside(entry)}; correct the path or put the file there",
        )
    taken = []
    for path in among:
        why = _why_not(path, top, also)
        if why:
            left[why] += 1
        else:
            taken.append(path)
    if not taken:
        hint = "; ".join(f"{n:,} left out: {why}" for why, n in left.items())
        raise InputError(what, where=str(entry), expected=_expected(), hint=hint or None)
    return top, sorted(taken)


def _below(folder: Path, left: Counter[str]) -> Iterator[Path]:
    """All files, without following links and without what is hidden; counts folders that can't be listed."""
    for place, folders, names in os.walk(
        folder, onerror=lambda _: left.update(["in a folder that can't be read"])
    ):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _NOT_ENTERED]
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _matching(pattern: Path) -> tuple[Path, Iterable[Path]]:
    """The folder before the first wildcard, and what matches there."""
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    top = Path(*parts[:first])
    rest = [part if part == "**" else part.replace("**", "*") for part in parts[first:]]
    if rest[-1] == "**":
        rest.append("*")

    def is_meant(path: Path) -> bool:
        inside = path.relative_to(top).parts
        hidden = any(part.startswith(".") for part in inside) and not any(
            part.startswith(".") for part in rest
        )
        return not hidden and not _NOT_ENTERED & {*inside} and not path.is_dir()

    return top, (path for path in top.glob(str(Path(*rest))) if is_meant(path))


def _why_not(path: Path, top: Path, also: str) -> str:
    """Why a file isn't taken; "" if it is."""
    ending = path.suffix.lower()
    if ending not in ENDINGS and not (also and path.suffix == also):
        return "of another format"
    if _GENERATED.fullmatch(path.name):
        return "generated (a lock file, or minified)"
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(top)):  # resolve() raises on loops
        return "a link that leads out of the folder"
    return "" if path.is_file() else "no file"


def _expected() -> str:
    return f"at least one file ending in {', '.join(ENDINGS)}"


def _beside(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} doesn't exist either"
    names = sorted(p.name for p in folder.iterdir())[:8]
    return f"{folder} holds: {', '.join(names) or 'nothing'}"
