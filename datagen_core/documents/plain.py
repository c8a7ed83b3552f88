"""Plain text: paragraphs between empty lines, and lists by their bullets."""

from __future__ import annotations

import re

from datagen_core.documents.document import Block, Lines, Outline

ITEM = re.compile(r"[ \t]*(?:[-*+•‣]|\d{1,3}[.)])[ \t]+(?=\S)")


def parse(source: str) -> tuple[str, str, tuple[Block, ...]]:
    """No title, the source itself, and its paragraphs and list items."""
    lines = Lines(source)
    outline = Outline()
    low = 0
    while low < len(lines):
        if not lines[low].strip():
            low += 1
            continue
        high = low + 1
        while high < len(lines) and lines[high].strip() and not ITEM.match(lines[high]):
            high += 1
        item = ITEM.match(lines[low])
        start = lines.starts[low] + (item.end() if item else _indent(lines[low]))
        outline.add("list_item" if item else "paragraph", start, lines.last_text(low, high), bool(item))
        low = high
    return "", source, tuple(outline.blocks)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
