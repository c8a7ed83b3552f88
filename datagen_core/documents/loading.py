"""Reading one file into a document: size and encoding checked, the parser chosen by the file's ending."""

from __future__ import annotations

import codecs
import importlib
import os
import re
from pathlib import Path
from typing import Protocol, cast

from datagen_core.documents.document import Block, Document, first_heading
from datagen_core.errors import InputError

MAX_BYTES = 20 * 1024 * 1024
"""A larger file is an export or a data set rather than a page; parsers hold several copies of a text."""

PARSERS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".rst": "rst",
    ".html": "html",
    ".htm": "html",
    ".txt": "plain",
}
"""File ending → the module of this package that reads it. Any other file is read as plain text."""

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w.:-]+)", re.IGNORECASE)


class Parser(Protocol):
    """What a format's module offers."""

    def parse(self, source: str) -> tuple[str, str, tuple[Block, ...]]:
        """Title ("" where the format has none), text and blocks of a source."""


def load_document(path: Path, *, base: Path | None = None) -> Document:
    """The document in a file: Markdown, RST and HTML by the file's ending, anything else as plain text.

    Args:
        path: The file. An empty one gives a document without blocks.
        base: The folder that the document's name is relative to; without it the name is the file's.

    Raises:
        InputError: not there, larger than 20 MiB, binary, or not UTF-8 (HTML may declare another encoding).
    """
    module = PARSERS.get(path.suffix.lower(), "plain")
    raw = _read(path)
    source = _decoded(raw, path, may_declare=module == "html").replace("\r\n", "\n").replace("\r", "\n")
    parser = cast(Parser, importlib.import_module(f"datagen_core.documents.{module}"))
    title, text, blocks = parser.parse(source)
    title = title or first_heading(blocks) or path.stem.replace("_", " ").replace("-", " ").strip()
    return Document(path=path, name=document_name(path, base), title=title, text=text, blocks=blocks)


def document_name(path: Path, base: Path | None) -> str:
    """What a document is called: its path relative to the recipe's folder, with forward slashes."""
    if base is None:
        return path.name
    try:
        return Path(os.path.relpath(path, base)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(
                f"the document is {size / 1024 / 1024:,.0f} MiB",
                where=str(path),
                expected=f"at most {MAX_BYTES // 1024 // 1024} MiB",
                hint="split it, or leave it out of documents:",
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"the document can't be read: {error.strerror}", where=str(path)) from error


def _decoded(raw: bytes, path: Path, *, may_declare: bool) -> str:
    if b"\0" in raw and not raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            "the document is binary: it holds a NUL byte",
            where=str(path),
            expected="text: Markdown, RST, HTML or plain",
            hint="export it as text first, or leave it out of documents:",
        )
    declared = _CHARSET.search(raw[:2048]) if may_declare else None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if declared:
            try:
                return raw.decode(declared[1].decode("ascii"))
            except (LookupError, UnicodeDecodeError):
                pass  # said below: neither what it declares nor UTF-8
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"byte {error.start + 1} is not UTF-8 (0x{raw[error.start]:02x})",
            where=f"{path}:{line}",
            expected="UTF-8 text",
            hint=f"convert it: iconv -f latin1 -t utf-8 {path.name} > utf8-{path.name}",
        ) from None
