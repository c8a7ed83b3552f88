"""Cutting a document into chunks along its structure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from datagen_core.documents.document import Block, Document
from datagen_core.inputs import Seed

MAX_CHUNK_CHARS = 3000
"""512 to 1,024 tokens, the usual size, at three to five characters each."""

_MARK = re.compile(r"[ \t>]*(?:[-*+•‣⁃]|#{1,6}|\(?\w{1,4}[.)]|\.\.[ \t]+[\w:.+-]+::|:)?[ \t]*")
"""What stands before a block on its line: a bullet, heading marks, a directive's name."""

_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"[.!?…][\"')\]]*\s|[。！？]"),
    re.compile(r"\n"),
    re.compile(r"\s"),
)


def chunks(document: Document, max_chars: int = MAX_CHUNK_CHARS) -> tuple[Seed, ...]:
    """The document's chunks, in order; each text is a literal slice of the document's text.

    A chunk holds whole blocks. It ends where the next block would make it longer than `max_chars`, or at a
    heading once it holds a third of that: small sections stand together, and a heading stays with what
    follows it. Only a block that is longer by itself is cut: at an empty line, a sentence's end, a line's
    end or a space, whichever comes first in this list.

    Each chunk is a `Seed`: `id` hashes document name, headings and text; `row` holds `document` (its name),
    `title`, `headings` (those that all of its blocks stand under), `start`, `end` (offsets in the document)
    and `blocks` (a tuple of `Block`, offsets in the document too).

    Args:
        document: One without blocks gives no chunk.
        max_chars: At least 1.
    """
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    seen: Counter[str] = Counter()
    out = []
    for group in _groups(_whole_or_cut(document, max_chars), document.text, max_chars):
        start, end = _start(document.text, group[0]), group[-1].end
        if end - start > max_chars:  # a block as long as a chunk: without its bullet
            start = group[0].start
        headings = _shared([block.headings for block in group])
        text = document.text[start:end]
        key = "\0".join([document.name, *headings, text])
        seen[key] += 1
        if seen[key] > 1:  # the same text twice under one heading
            key += f"\0{seen[key]}"
        digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        row = {
            "document": document.name,
            "title": document.title,
            "headings": headings,
            "start": start,
            "end": end,
            "blocks": tuple(group),
        }
        out.append(Seed(id=f"c{digest}", text=text, row=row))
    return tuple(out)


def _groups(blocks: Sequence[Block], text: str, max_chars: int) -> Iterator[list[Block]]:
    group: list[Block] = []
    for block in blocks:
        if group and block.end - _start(text, group[0]) > max_chars:
            kept = _without_headings(group)
            if kept:
                yield group[:kept]
            group = group[kept:]
            if group and block.end - _start(text, group[0]) > max_chars:  # headings that take too much room
                yield group
                group = []
        elif block.kind == "heading" and _prose(group) * 3 >= max_chars:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


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


def _prose(group: Sequence[Block]) -> int:
    """Characters from the first block to the last that is no heading."""
    n = _without_headings(group)
    return group[n - 1].end - group[0].start if n else 0


def _start(text: str, block: Block) -> int:
    """Where a chunk that begins with this block begins: with its heading mark or bullet."""
    line = text.rfind("\n", 0, block.start) + 1
    mark = text[line : block.start] if block.start - line <= 80 else "no mark"
    return line + len(mark) - len(mark.lstrip()) if _MARK.fullmatch(mark) else block.start


def _whole_or_cut(document: Document, max_chars: int) -> list[Block]:
    out: list[Block] = []
    for block in document.blocks:
        start = block.start
        while block.end - start > max_chars:
            cut = start + _cut(document.text[start : start + max_chars])
            if document.text[start:cut].strip():
                out.append(_part(document.text, block, start, cut))
            start = cut + _blank(document.text, cut, block.end)
        if document.text[start : block.end].strip():
            out.append(_part(document.text, block, start, block.end))
    return out


def _part(text: str, block: Block, start: int, end: int) -> Block:
    if (start, end) == (block.start, block.end):
        return block
    end = start + len(text[start:end].rstrip())
    body = block.body if block.body is not None and start <= block.body < end else None
    return replace(block, start=start, end=end, body=body)


def _cut(text: str) -> int:
    """Where to cut a text that is too long: after the last of the best breaks in its second half."""
    for pattern in _BREAKS:
        last = max((m.end() for m in pattern.finditer(text, len(text) // 2)), default=0)
        if last:
            return last
    return len(text)


def _blank(text: str, start: int, end: int) -> int:
    return len(text[start:end]) - len(text[start:end].lstrip())
