"""Reading files into documents: size and encoding checked, the parser chosen by the file's ending."""

from __future__ import annotations

import codecs
import importlib
import os
import re
import stat
from pathlib import Path
from typing import Any

from datagen_core.documents.document import Content, Document, first_heading
from datagen_core.documents.source_code import LANGUAGES
from datagen_core.errors import InputError

MAX_BYTES = 20 * 1024 * 1024
"""A larger text is an export or a data set rather than a page; parsers hold several copies of it."""
MAX_PACKED_BYTES = 200 * 1024 * 1024
"""Of PDF and Word files, which are mostly images: what is read of them is bounded by their readers."""

TEXTS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".rst": "rst",
    ".html": "html",
    ".htm": "html",
    ".txt": "plain",
}
"""File ending → the module of this package with `parse`, which takes text. Unknown endings are plain text."""
PACKED = {".pdf": "pdf", ".docx": "docx"}
ROWS = dict.fromkeys((".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"), "table_rows")
FILES = {**PACKED, **ROWS}
"""File ending → the module with `read`, which takes the path."""

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def load_document(path: Path, *, base: Path | None = None, max_bytes: int | None = None) -> Document:
    """The document in a file, read as its ending says; with an unknown one as plain text.

    Args:
        path: The file. An empty one gives a document without blocks.
        base: The folder that the document's name is relative to; without it the name is the file's.
        max_bytes: The largest file to read; by default 20 MiB, of PDF and Word 200 MiB.

    Raises:
        InputError: not there, too large, binary, not UTF-8 (HTML may declare another encoding, UTF-16 needs its byte
            order mark), broken, or of a format whose extra isn't installed.
    """
    ending = path.suffix.lower()
    _check_size(path, max_bytes or (MAX_PACKED_BYTES if ending in PACKED else MAX_BYTES))
    content = _content(path, ending)
    title = content.title or first_heading(content.blocks)
    return Document(
        path=path,
        name=document_name(path, base),
        title=title or path.stem.replace("_", " ").replace("-", " ").strip(),
        text=content.text,
        blocks=content.blocks,
        kind=content.kind,
        language=content.language,
        pages=content.pages,
        is_rows=content.is_rows,
        note=content.note,
    )


def document_name(path: Path, base: Path | None) -> str:
    """What a document is called: its path relative to the recipe's folder, with forward slashes."""
    if base is None:
        return path.name
    try:
        return Path(os.path.relpath(path, base)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def _content(path: Path, ending: str) -> Content:
    if ending in FILES:
        if not path.stat().st_size:
            return Content("", "", ())
        read: Content = _module(FILES[ending]).read(path)
        return read
    module = TEXTS.get(ending, "plain")
    source = _decoded(_bytes(path), path, may_declare=module == "html")
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if ending in LANGUAGES:
        parsed: Content = _module("source_code").parse(source, ending, path.stem)
        return parsed
    return Content(*_module(module).parse(source))


def _module(name: str) -> Any:
    return importlib.import_module(f"datagen_core.documents.{name}")


def _check_size(path: Path, most: int) -> None:
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise InputError(
            "the document is no file", where=str(path), expected="a file, not a folder or a pipe"
        )
    if found.st_size > most:
        raise InputError(
            f"the document is {found.st_size / 1024 / 1024:,.0f} MiB",
            where=str(path),
            expected=f"at most {most / 1024 / 1024:,.0f} MiB",
            hint="split it, or leave it out of documents:",
        )
    if not os.access(path, os.R_OK):
        raise InputError("the document can't be read: Permission denied", where=str(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"the document can't be read: {error.strerror}", where=str(path))


def _decoded(raw: bytes, path: Path, *, may_declare: bool) -> str:
    marked = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), None)
    declared = _CHARSET.search(raw[:2048]) if may_declare else None
    text = _as(raw, marked or "utf-8-sig")
    if text is None and declared:
        text = _as(raw, declared[1].decode("ascii", "replace"))
    if "\0" in (text or "") or (text is None and b"\0" in raw):
        wide = any(raw[offset:2000:2].count(0) > min(len(raw), 2000) // 5 for offset in (0, 1))
        raise InputError(
            "the document is binary: it holds a NUL byte",
            where=str(path),
            expected="text: Markdown, RST, HTML or plain",
            hint="it looks like UTF-16 without its byte order mark: save it as UTF-8"
            if wide
            else "export it as text first, or leave it out of documents:",
        )
    if text is None:
        raise _not_utf8(raw, path)
    return text


def _as(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (LookupError, ValueError):  # no such encoding, or not in it
        return None


def _not_utf8(raw: bytes, path: Path) -> InputError:
    try:
        raw.decode("utf-8")
        at = 0
    except UnicodeDecodeError as error:
        at = error.start
    line = raw.count(b"\n", 0, at) + 1
    return InputError(
        f"byte {at + 1} is not UTF-8 (0x{raw[at]:02x})",
        where=f"{path}:{line}",
        expected="UTF-8 text",
        hint=f"convert it: iconv -f latin1 -t utf-8 {path.name} > utf8-{path.name}",
    )
