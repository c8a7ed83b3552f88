"""Cutting a document into chunks along its structure."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field, model_validator

from datagen_core.config import Config
from datagen_core.documents.document import Block, Document
from datagen_core.documents.tokens import TokenCounts, count_tokens
from datagen_core.inputs import Seed
from datagen_core.words import words

_MARK = re.compile(r"[ \t>]*(?:[-*+•‣⁃]|#{1,6}|\(?\w{1,4}[.)]|\.\.[ \t]+[\w:.+-]+::|:)?[ \t]*")
"""What stands before a block on its line: a bullet, heading marks, a directive's name."""

_EMPTY_LINE, _LINE, _SPACE = re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"\s")
_SENTENCE = re.compile(r"[.!?…][\"')\]]*\s|[。！？]")
_LONGEST_TOKEN = 17
"""Characters."""


class ChunkSizes(Config):
    """How much text a chunk holds, in tokens (about four characters each in English)."""

    min_tokens: int = Field(
        512, ge=1, le=100_000, description="a chunk ends at the next heading once it holds so many tokens"
    )
    max_tokens: int = Field(
        1024, ge=1, le=100_000, description="a chunk ends before the block that would make it longer"
    )

    @model_validator(mode="after")
    def _in_order(self) -> ChunkSizes:
        if self.min_tokens > self.max_tokens:
            raise ValueError(f"min_tokens ({self.min_tokens}) is above max_tokens ({self.max_tokens})")
        return self


def chunks(document: Document, sizes: ChunkSizes | None = None) -> tuple[Seed, ...]:
    """The document's chunks, in order; each text is a literal slice of the document's text.

    A chunk holds whole blocks. It ends where the next block would make it longer than `max_tokens`, or at a
    heading (in source code, at the next definition) once it holds `min_tokens`: small sections stand together,
    and a heading stays with what follows it. Only a block that is longer by itself is cut: at an empty line, a
    sentence's end (in prose), a line's end or a space, whichever comes first in this list. A row is a chunk.

    Each chunk is a `Seed`: `id` hashes document name, headings and text; `row` holds `document` (its name),
    `title`, `headings` (those that all of its blocks stand under), `start`, `end` (offsets in the document),
    `blocks` (a tuple of `Block`, offsets in the document too), `kind` (`text` or `code`), `language` (of source
    code, else ""), `content_hash` (of the text alone), `tokens` (as `count_tokens` counts), and where the document
    has pages, `pages` (the first and the last, from 1).

    Args:
        document: One without blocks gives no chunk.
        sizes: Tokens as `count_tokens` counts them; by default 512 to 1,024.
    """
    sizes = sizes or ChunkSizes()
    counts = TokenCounts(document.text)
    blocks = _whole_or_cut(document, counts, sizes.max_tokens)
    groups = ([block] for block in blocks) if document.is_rows else _groups(blocks, document, counts, sizes)
    seen: Counter[str] = Counter()
    out = []
    for group in groups:
        start, end = _start(document.text, group[0]), group[-1].end
        if counts.between(start, end) > sizes.max_tokens:  # a block as long as a chunk: without its bullet
            start = group[0].start
        row = _row(document, group, start, end)
        text = document.text[start:end]
        key = "\0".join([document.name, *row["headings"], text])
        seen[key] += 1
        if seen[key] > 1:  # the same text twice under one heading
            key += f"\0{seen[key]}"
        out.append(Seed(id=f"c{_digest(key)}", text=text, row=row))
    return tuple(out)


def _row(document: Document, group: Sequence[Block], start: int, end: int) -> dict[str, Any]:
    text = document.text[start:end]
    row = {
        "document": document.name,
        "title": document.title,
        "headings": _shared([block.headings for block in group]),
        "start": start,
        "end": end,
        "blocks": tuple(group),
        "kind": document.kind,
        "language": document.language,
        "content_hash": _digest(text),
        "tokens": count_tokens(text),
    }
    if document.pages:
        row["pages"] = [bisect_right(document.pages, start), bisect_left(document.pages, end)]
    return row


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def tokens_of(chunk: Seed) -> int:
    """A chunk's tokens; of one that doesn't tell them, such as a row of another's table, its words."""
    told = chunk.row.get("tokens")
    return told if isinstance(told, int) else len(words(chunk.text))


def headings_at(chunk: Seed, offset: int) -> list[str]:
    """The headings that a place of a document stands under, in one of its chunks: those of the block there.

    Args:
        offset: In characters of the document's text, as in a row's `source_span`.
    """
    before = [block for block in chunk.row.get("blocks") or () if block.start <= offset]
    return list(before[-1].headings if before else chunk.row.get("headings") or ())


def _groups(
    blocks: Sequence[Block], document: Document, counts: TokenCounts, sizes: ChunkSizes
) -> Iterator[list[Block]]:
    def too_long(group: Sequence[Block], block: Block) -> bool:
        start = _start(document.text, group[0])
        return counts.between(start, block.end) > sizes.max_tokens

    group: list[Block] = []
    for block in blocks:
        if group and too_long(group, block):
            kept = _without_headings(group)
            if kept:
                yield group[:kept]
            group = group[kept:]
            if group and too_long(group, block):  # headings that take too much room
                yield group
                group = []
        elif group and _begins_section(block, group[-1], document) and _holds(group, counts, sizes):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _begins_section(block: Block, last: Block, document: Document) -> bool:
    """A heading does; in source code what the file defines next: a class and its methods stand under one name."""
    return block.kind == "heading" or (document.kind == "code" and block.headings[:2] != last.headings[:2])


def _holds(group: Sequence[Block], counts: TokenCounts, sizes: ChunkSizes) -> bool:
    """Whether there is enough from the first block to the last that is no heading."""
    n = _without_headings(group)
    return n > 0 and counts.between(group[0].start, group[n - 1].end) >= sizes.min_tokens


def _shared(paths: Sequence[tuple[str, ...]]) -> list[str]:
    """The headings that all paths begin with."""
    first, last = min(paths), max(paths)  # in order, these two differ first
    n = next((i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    return list(first[:n])


def _without_headings(group: Sequence[Block]) -> int:
    """How many blocks are left without the headings at the end."""
    n = len(group)
    while n and group[n - 1].kind == "heading":
        n -= 1
    return n


def _start(text: str, block: Block) -> int:
    """Where a chunk that begins with this block begins: with its heading mark or bullet."""
    least = max(0, block.start - 81)  # no mark is longer, and a document may be one line
    line = text.rfind("\n", least, block.start) + 1
    if not line and least:
        return block.start
    mark = text[line : block.start]
    return line + len(mark) - len(mark.lstrip()) if _MARK.fullmatch(mark) else block.start


def _whole_or_cut(document: Document, counts: TokenCounts, max_tokens: int) -> list[Block]:
    out: list[Block] = []
    for block in document.blocks:
        start = block.start
        while counts.between(start, block.end) > max_tokens:
            window = range(start + 1, min(block.end, start + _LONGEST_TOKEN * max_tokens))
            fits = bisect_right(window, max_tokens, key=lambda at: counts.between(start, at))
            end = start + max(1, fits)
            with_space = _past_space(document.text, end, min(end + 1, block.end))
            cut = start + _cut(document.text[start:with_space], block)
            if document.text[start:cut].strip():
                out.append(_part(document.text, block, start, cut))
            start = _past_space(document.text, cut, block.end)
        if document.text[start : block.end].strip():
            out.append(_part(document.text, block, start, block.end))
    return out


def _part(text: str, block: Block, start: int, end: int) -> Block:
    if (start, end) == (block.start, block.end):
        return block
    end = start + len(text[start:end].rstrip())
    body = block.body if block.body is not None and start <= block.body < end else None
    return replace(block, start=start, end=end, body=body)


def _cut(text: str, block: Block) -> int:
    """Where to cut a text that is too long: after the last of the best breaks in its second half."""
    in_lines = block.kind in ("code", "table")
    for pattern in (_EMPTY_LINE, *(() if in_lines else (_SENTENCE,)), _LINE, _SPACE):
        last = max((m.end() for m in pattern.finditer(text, len(text) // 2)), default=0)
        if last:
            return last
    return len(text)


def _past_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start
