"""Word documents into headings, paragraphs, lists and tables, by python-docx; headers and footers are left out."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datagen_core.documents.document import BlockKind, Content, Outline
from datagen_core.errors import InputError

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

MAX_XML_BYTES = 64 * 1024 * 1024
"""Of all parts of a document that are text, unpacked: a tree takes ten times as much. A thousand pages are 10 MiB."""
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
"""Of everything, images too, which python-docx holds in memory."""

_HEADING = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_LIST = re.compile(r"list\b(?:.* ([2-9]))?", re.IGNORECASE)
_CODE = re.compile(r"code|preformatted|verbatim", re.IGNORECASE)
_CONTENTS = re.compile(r"toc\b|table of", re.IGNORECASE)


def read(path: Path) -> Content:
    """The text of a Word document; a table's rows are lines, its cells divided by ` | `.

    Headings, list items and code are told by the names of styles, list items by their numbering too. A table of
    contents is left out.

    Raises:
        InputError: it is no .docx (an old .doc, an encrypted one), broken, or unpacks to more than 64 MiB.
    """
    try:
        import docx
        from docx.text.paragraph import Paragraph
    except ImportError as error:
        raise InputError(
            "reading Word documents needs python-docx, which isn't installed",
            where=str(path),
            hint="pip install 'datagen-core[docx]'",
        ) from error
    _check_size(path)
    try:
        document = docx.Document(str(path))
        walk = _Walk({style.style_id: style.name or "" for style in document.styles})
        for part in document.iter_inner_content():
            walk.paragraph(part) if isinstance(part, Paragraph) else walk.table(part)
        title = " ".join((document.core_properties.title or walk.title).split())
    except Exception as error:  # python-docx raises whatever a broken file leads to
        raise _broken(path, error) from error
    return Content(title, "".join(walk.out), tuple(walk.outline.blocks))


def _check_size(path: Path) -> None:
    """By what the archive says, which is all that is ever unpacked of a part."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _broken(path, error) from error
    texts = (part for part in parts if part.filename.lower().endswith((".xml", ".rels")))
    for found, limit in ((texts, MAX_XML_BYTES), (parts, MAX_UNPACKED_BYTES)):
        size = sum(part.file_size for part in found)
        if size > limit:
            raise InputError(
                f"the document unpacks to {size / 1024 / 1024:,.0f} MiB",
                where=str(path),
                expected=f"at most {limit // 1024 // 1024} MiB",
                hint="split it, or leave it out",
            )


def _broken(path: Path, error: Exception) -> InputError:
    return InputError(
        f"not a whole Word document: {str(error)[:200] or type(error).__name__}",
        where=str(path),
        expected="a .docx without a password",
        hint="open it in a word processor and save it as .docx",
    )


class _Walk:
    def __init__(self, styles: Mapping[str, str]) -> None:
        self.styles = styles  # names by id: asking each paragraph for its style takes a millisecond
        self.out: list[str] = []
        self.length = 0
        self.outline = Outline()
        self.title = ""
        self._last = ""

    def paragraph(self, paragraph: Paragraph) -> None:
        """A paragraph, as what its style says."""
        text, style = paragraph.text.strip(), self.styles.get(paragraph._p.style or "", "")
        heading = _HEADING.match(style)
        if not text or _CONTENTS.match(style):
            return
        if heading or style.lower() == "title":
            self.title = self.title or ("" if heading else text)
            start = self._write(text, "\n\n")
            self.outline.heading(text, start, self.length, int(heading[1]) if heading else 1)
            self._last = "heading"
            return
        depth = _depth(paragraph, style)
        kind: BlockKind = "list_item" if depth else "code" if _CODE.search(style) else "paragraph"
        close = kind == self._last and kind != "paragraph"
        mark = f"{'  ' * (depth - 1)}- " if depth else ""
        start = self._write(text, f"{chr(10) if close else chr(10) * 2}{mark}")
        self.outline.add(kind, start, self.length, depth)
        self._last = kind

    def table(self, table: Table) -> None:
        """A table; cells that are merged count once."""
        rows = []
        for row in table.rows:
            cells: dict[Any, str] = {cell._tc: " ".join(cell.text.split()) for cell in row.cells}
            rows.append(" | ".join(cells.values()))
        text = "\n".join(row for row in rows if row.strip(" |"))
        if text:
            self.outline.add("table", self._write(text, "\n\n"), self.length)
        self._last = "table"

    def _write(self, text: str, before: str) -> int:
        if not self.out:
            before = before.lstrip("\n")
        self.out += (before, text)
        self.length += len(before) + len(text)
        return self.length - len(text)


def _depth(paragraph: Paragraph, style: str) -> int:
    """How deep in lists; 0 outside."""
    properties: Any = paragraph._p.pPr
    numbering = None if properties is None else properties.numPr
    if numbering is not None and numbering.ilvl is not None:
        return min(int(numbering.ilvl.val), 8) + 1
    listed = _LIST.match(style)
    if listed:
        return int(listed[1] or 1)
    return int(numbering is not None)
