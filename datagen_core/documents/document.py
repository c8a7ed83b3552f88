"""A document as text and the blocks found in it; every block is a literal slice of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

BlockKind = Literal["heading", "paragraph", "list_item", "code", "table", "definition"]
DocumentKind = Literal["text", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document: `document.text[start:end]` is its text, without heading marks, bullets or fences.

    Attributes:
        kind: A `list_item` is the first paragraph of an item; what else the item holds are blocks of their own.
        start, end: Offsets in characters.
        level: Of a heading 1, 2 …; inside a list how deep (1 and more); else 0.
        headings: The headings it stands under, outermost first; a heading's own text is the last.
        body: Of a definition, where the meaning begins; the term is what stands before.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    headings: tuple[str, ...] = ()
    body: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What is read from a file: its title ("" where the format has none), its text and what that consists of.

    Attributes:
        blocks: In order; they don't overlap.
        kind: `code` of a file of source code.
        language: Of source code, such as `python`; else "".
        pages: Where each page begins in the text, of a format that has pages.
        is_rows: Each block is a row of a table: one has nothing to do with the next.
        note: What a user should know of how it was read, said of the document ("is cut at …"); "" if nothing.
    """

    title: str
    text: str
    blocks: tuple[Block, ...]
    kind: DocumentKind = "text"
    language: str = ""
    pages: tuple[int, ...] = ()
    is_rows: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file read: its path, its name (relative to the recipe), its title, and what `Content` has beside that.

    `text` is the source as Python's text mode reads it (no byte order mark, `\\n` line ends) for Markdown, RST,
    plain text and source code, and the extracted text for other formats.
    """

    path: Path
    name: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    kind: DocumentKind = "text"
    language: str = ""
    pages: tuple[int, ...] = ()
    is_rows: bool = False
    note: str = ""


@dataclass(slots=True)
class Outline:
    """Blocks collected in reading order, each under the headings open at that point. What parsers write to."""

    blocks: list[Block] = field(default_factory=list)
    _open: list[tuple[int, str]] = field(default_factory=list)

    def heading(self, title: str, start: int, end: int, level: int) -> None:
        """A heading: closes all of its level and below."""
        if end <= start:
            return
        self._open = [(above, name) for above, name in self._open if above < level]
        self._open.append((level, " ".join(title.split())))
        self.blocks.append(Block("heading", start, end, level, self._path()))

    def under(self, title: str) -> None:
        """What follows stands under this alone, which is in no block; under nothing if it is empty."""
        self._open = [(1, " ".join(title.split()))] if title else []

    def add(self, kind: BlockKind, start: int, end: int, level: int = 0, body: int | None = None) -> None:
        """A block under the open headings; an empty one is none."""
        if end > start:
            self.blocks.append(Block(kind, start, end, level, self._path(), body))

    def _path(self) -> tuple[str, ...]:
        return tuple(title for _, title in self._open)


def first_heading(blocks: Sequence[Block]) -> str:
    """The text of the first heading of the highest level there is; "" without headings."""
    headings = [block for block in blocks if block.kind == "heading"]
    top = min(headings, key=lambda block: block.level, default=None)
    return top.headings[-1] if top else ""


class Lines:
    """A text's lines by number: where each begins and ends (without the line break)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: list[int] = []
        self.ends: list[int] = []
        at = 0
        for line in text.split("\n"):
            self.starts.append(at)
            self.ends.append(at + len(line))
            at += len(line) + 1

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> str:
        return self.text[self.starts[number] : self.ends[number]]

    def last_text(self, low: int, high: int) -> int:
        """Where the text of lines low … high - 1 ends, trailing white space apart."""
        for number in range(high - 1, low - 1, -1):
            line = self[number].rstrip()
            if line:
                return self.starts[number] + len(line)
        return self.starts[low] if low < len(self) else len(self.text)
