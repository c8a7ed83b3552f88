"""A chunk as the rules for questions see it: its blocks, their text, and how to name the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datagen_core import Seed
from datagen_core.documents import Block


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question and where its answer stands; offsets are those of the document."""

    kind: str
    question: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """One chunk of a document.

    Attributes:
        chunk: The chunk, as `datagen_core.documents.chunks` made it.
        goes_on: Whether the next chunk of the document begins inside a list, so that the last one is cut.
    """

    chunk: Seed
    goes_on: bool = False

    @property
    def title(self) -> str:
        """The document's title."""
        return str(self.chunk.row["title"])

    @property
    def blocks(self) -> Sequence[Block]:
        """The chunk's blocks, in order."""
        blocks: Sequence[Block] = self.chunk.row["blocks"]
        return blocks

    def text(self, start: int, end: int) -> str:
        """A span of the document that lies in the chunk."""
        offset: int = self.chunk.row["start"]
        return self.chunk.text[start - offset : end - offset]

    def of(self, block: Block) -> str:
        """A block's text."""
        return self.text(block.start, block.end)

    def line_start(self, block: Block) -> int:
        """Where the line of a block begins, white space apart: with its bullet."""
        offset: int = self.chunk.row["start"]
        line = self.chunk.text.rfind("\n", 0, block.start - offset) + 1
        before = self.chunk.text[line : block.start - offset]
        return offset + line + len(before) - len(before.lstrip())


def passages(chunks: Sequence[Seed]) -> list[Passage]:
    """A passage for each chunk, in order."""
    out = []
    for i, chunk in enumerate(chunks):
        following = chunks[i + 1] if i + 1 < len(chunks) else None
        goes_on = False
        if following is not None and following.row["document"] == chunk.row["document"]:
            first: Block = following.row["blocks"][0]
            goes_on = first.kind != "heading" and first.level > 0
        out.append(Passage(chunk, goes_on))
    return out
