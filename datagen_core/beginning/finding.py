"""What lies in a folder: rows, documents, grammars, schemas; each file looked into once and only so far."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from datagen_core import yaml_source
from datagen_core.beginning.columns import MOST_COLUMNS, meaning, schema_of
from datagen_core.beginning.found import (
    Found,
    FoundDocuments,
    FoundGrammar,
    FoundRows,
    FoundSchema,
    LeftOut,
    Thing,
)
from datagen_core.config import InputPath
from datagen_core.documents.finding import ENDINGS, PAGES
from datagen_core.errors import InputError, UsageError
from datagen_core.identity import read_mapping
from datagen_core.nothing import EMPTY
from datagen_core.row_forms import form_of
from datagen_core.rows import RowsSource, read_rows

MOST_FILES = 200
MOST_BYTES = 64 * 1024 * 1024
"""Of a file of rows, unpacked; examples to work from are fewer."""
MOST_ROWS = 20_000
SAMPLE = 200
SKIPPED = frozenset({"runs", "node_modules", "venv", "__pycache__", "site-packages", "dist", "build"})
ABOUT = re.compile(
    r"(readme|licen[cs]e|changelog|contributing|code_of_conduct|security|notice|requirements|constraints|robots)\b",
    re.IGNORECASE,
)
"""Files about a folder."""
IS_ABOUT = "it is about the folder, as it seems"
HELD_OUT = (
    "test",
    "holdout",
    "heldout",
    "eval",
    "evaluation",
    "validation",
    "valid",
    "val",
    "dev",
    "development",
)
"""How files are called whose rows aren't to be learned from, those for the last measurement first."""
ROW_ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".parquet")
RECIPE_KEYS = frozenset({"num_samples", "arms", "seeds", "validators", "task_input", "router_config"})


def look(place: Path) -> Found:
    """What lies in a folder and one level below, or in one file.

    At most 200 files are opened, of rows at most 64 MiB and 20,000 rows each. Hidden files, `runs`, environments
    and recipes are passed over; what can't be used is in `left_out` with the reason.

    Raises:
        InputError: there is no such folder or file.
    """
    place = place.absolute()
    if not place.exists():
        raise InputError(
            "no such folder or file", where=str(place), expected="what a recipe is to be made for"
        )
    files, left = ([place], []) if place.is_file() else _files(place)
    things: list[Thing] = list(left)
    pages = [file for file in files if _is_page(file)]
    opened = [file for file in files if file not in {*pages}]
    things += _documents(place, pages)
    looked = [thing for file in opened[:MOST_FILES] for thing in _looked_into(file, place, pages)]
    things += _without_word_lists(looked)
    if len(opened) > MOST_FILES:
        things.append(
            LeftOut(path=place, why=f"only the first {MOST_FILES} of {len(opened):,} files are looked into")
        )
    return Found(
        place=place,
        rows=tuple(thing for thing in things if isinstance(thing, FoundRows)),
        documents=tuple(thing for thing in things if isinstance(thing, FoundDocuments)),
        grammars=tuple(thing for thing in things if isinstance(thing, FoundGrammar)),
        schemas=tuple(thing for thing in things if isinstance(thing, FoundSchema)),
        left_out=tuple(thing for thing in things if isinstance(thing, LeftOut)),
    )


# -- files ------------------------------------------------------------------------------------------------------


def _files(folder: Path) -> tuple[list[Path], list[LeftOut]]:
    """The files of a folder, then those of its folders; and what couldn't be listed or named."""
    files, left = _listed(folder)
    folders = [entry for entry in files if entry.is_dir()]
    found = [entry for entry in files if not entry.is_dir()]
    for inner in folders:
        more, unread = _listed(inner)
        found += [entry for entry in more if not entry.is_dir()]
        left += unread
    odd = [file for file in found if not _can_be_named(file)]
    left += [LeftOut(path=file, why="its name isn't Unicode: rename it") for file in odd]
    kept = [file for file in found if file not in {*odd} and file.is_file()]
    return kept, left


def _listed(folder: Path) -> tuple[list[Path], list[LeftOut]]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        return [], [LeftOut(path=folder, why=f"can't be read: {error.strerror}")]
    return [entry for entry in entries if entry.name not in SKIPPED], []


def _can_be_named(file: Path) -> bool:
    try:
        str(file).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_page(file: Path) -> bool:
    return file.suffix.lower() in PAGES and file.suffix.lower() != ".txt"


def _is_taken_too(file: Path) -> bool:
    """Whether a folder's documents are this file too, though it is no page."""
    ending = file.suffix.lower()
    return ending in ENDINGS and ending not in PAGES and not file.name.startswith(".")


def _documents(place: Path, pages: Sequence[Path]) -> Iterator[FoundDocuments | LeftOut]:
    """Folders below that hold pages alone, as one; other pages one by one."""
    below: dict[Path, list[Path]] = {}
    for page in pages:
        below.setdefault(page.parent, []).append(page)
    for folder, inside in below.items():
        about = [page for page in inside if ABOUT.match(page.name) and page != place]
        is_mixed = any(entry.is_dir() or _is_taken_too(entry) for entry in folder.iterdir())
        yield from (LeftOut(path=page, why=IS_ABOUT) for page in about)
        if folder != place and place.is_dir() and not about and not is_mixed:
            yield FoundDocuments(path=folder, pages=len(inside))
        else:
            yield from (FoundDocuments(path=page, pages=1) for page in inside if page not in about)


# -- one file ---------------------------------------------------------------------------------------------------


def _looked_into(file: Path, place: Path, pages: Sequence[Path]) -> Iterator[Thing]:
    name = file.name.lower()
    plain = name.removesuffix(".gz")
    try:
        if name.endswith((".yaml", ".yml")):
            yield from _in_yaml(file)
        elif plain.endswith(ROW_ENDINGS):
            if _unpacked_bytes(file) > MOST_BYTES:
                raise InputError(f"larger than {MOST_BYTES // 1024 // 1024} MiB: cut a sample of it")
            is_beside_pages = file != place and any(page.parent == file.parent for page in pages)
            yield from _in_rows_or_text(file, plain, place, is_beside_pages)
    except UsageError as error:
        yield LeftOut(path=file, why=error.message)
    except (OSError, EOFError, zlib.error) as error:
        yield LeftOut(path=file, why=f"can't be read: {getattr(error, 'strerror', None) or error}")


def _unpacked_bytes(file: Path) -> int:
    """The size of what is in it; beyond the bound, somewhat more than that."""
    if not file.name.lower().endswith(".gz"):
        return file.stat().st_size
    with gzip.open(file, "rb") as stream:
        return sum(map(len, islice(iter(lambda: stream.read(1 << 20), b""), MOST_BYTES // (1 << 20) + 1)))


def _in_yaml(file: Path) -> Iterator[Thing]:
    data = yaml_source.load(file).data
    if isinstance(data, dict) and "start" in data and isinstance(data.get("rules"), dict):
        yield FoundGrammar(path=file, rules=len(data["rules"]))
    elif _is_schema(data):
        yield FoundSchema(path=file, schema=data)
    elif not isinstance(data, dict) or not RECIPE_KEYS & data.keys():
        yield LeftOut(path=file, why="neither a grammar nor a JSON Schema")


def _in_rows_or_text(file: Path, name: str, place: Path, is_beside_pages: bool) -> Iterator[Thing]:
    if name.endswith(".json"):
        data = _json(file)
        if _is_schema(data):
            yield FoundSchema(path=file, schema=read_mapping(InputPath(str(file))) or {})
            return
        if not isinstance(data, list):
            yield LeftOut(path=file, why="neither a list of rows nor a JSON Schema")
            return
    if name.endswith(".txt") and ABOUT.match(file.name) and file != place:
        yield LeftOut(path=file, why=IS_ABOUT)
        return
    if name.endswith(".txt") and not file.name.endswith(".gz") and (is_beside_pages or _is_prose(file)):
        if not is_beside_pages or file.parent == place:  # else it is one of its folder's documents
            yield FoundDocuments(path=file, pages=1)
        return
    yield rows_in(file, place)


def _json(file: Path) -> Any:
    try:
        with gzip.open(file) if file.name.endswith(".gz") else file.open("rb") as stream:
            return json.loads(stream.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON: {error}") from None


def _is_schema(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and isinstance(data.get("properties"), dict)
        and ("$schema" in data or data.get("type") == "object")
    )


def _is_prose(file: Path) -> bool:
    """Whether lines make paragraphs: some are blank between others."""
    with file.open("rb") as stream:
        lines = [line.strip() for line in stream.read(1 << 16).splitlines()]
    inside = b"\n".join(lines).strip().split(b"\n")
    return inside.count(b"") >= 2 and 20 * inside.count(b"") >= len(inside)


def rows_in(file: Path, place: Path) -> FoundRows:
    """What a file of rows holds; names of folders below `place` count too for what it is held out for.

    Raises:
        InputError: it can't be read, or a row has no text.
    """
    source = InputPath(str(file))
    rows = [row for _, row in islice(read_rows(source), MOST_ROWS + 1)]
    is_whole = len(rows) <= MOST_ROWS
    rows = rows[:MOST_ROWS]
    columns = dict.fromkeys(column for row in rows for column in row)
    if not columns:
        raise InputError("no rows")
    if len(columns) > MOST_COLUMNS:
        raise InputError(f"a table of {len(columns)} columns")
    if len(columns) == 1 and file.suffix.lower() == ".csv" and ";" in next(iter(columns)):
        raise InputError("its cells are divided by semicolons: save it with commas, or as .tsv with tabs")
    meant = meaning(rows)
    label = meant.labels[0].name if meant.labels else None
    is_record = meant.is_record and meant.text is None
    seeds = RowsSource(path=source, text=meant.text, label=label, record=is_record, limit=MOST_ROWS).read()
    return FoundRows(
        path=file,
        form="record" if meant.is_record else form_of(seeds),
        rows=len(rows),
        is_whole=is_whole,
        text=meant.text,
        labels=meant.labels,
        held_out=_held_out(file, place),
        schema=schema_of(rows) if meant.is_record else EMPTY,
        sample=tuple(_spread(rows)),
        texts=tuple(seed.text for seed in _spread(seeds)),
    )


def _spread(items: Sequence[Any]) -> list[Any]:
    return [items[i * len(items) // SAMPLE] for i in range(SAMPLE)] if len(items) > SAMPLE else list(items)


def _held_out(file: Path, place: Path) -> str:
    if file == place:
        return ""
    folder = file.parent.name if file.parent != place else ""
    name = f"{folder} {file.name.partition('.')[0]}".lower().replace("hold-out", "holdout")
    words = re.split(r"[^a-z]+", name)
    return next((name for name in HELD_OUT if name in words), "")


def _without_word_lists(things: Sequence[Thing]) -> Iterator[Thing]:
    """The same without the lists that a grammar found here draws its words from."""
    lists = {file for thing in things if isinstance(thing, FoundGrammar) for file in _lists(thing.path)}
    for thing in things:
        if not (isinstance(thing, FoundRows) and thing.path.resolve() in lists):
            yield thing


def _lists(grammar: Path) -> Iterator[Path]:
    words = yaml_source.load(grammar).data.get("words")
    for given in words.values() if isinstance(words, dict) else ():
        if isinstance(given, str):
            yield (grammar.parent / given).resolve()
