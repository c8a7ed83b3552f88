"""The parts of a source file, whatever its language, and the blocks that they become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from datagen_core.documents.document import Block, Lines

_ATTACHED = re.compile(
    r"\s*(?://|/\*|\*|--|@|#(?!!|\s*(?:include|define|undef|if|ifdef|ifndef|else|elif|endif|pragma|error)\b))"
)
"""How lines begin that belong to the definition right below them: comments, decorators, attributes."""


_CLOSING = re.compile(r"[\s})\];,]*(?:end\b)?[\s})\];,]*")


class Unparsed(Exception):
    """Why a file can't be told apart."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines low … high - 1 of a file: a definition, or (without a name) what is none.

    Attributes:
        name: Of a definition.
        inside: What a class, a module or the like defines. What stands before is its head.
    """

    low: int
    high: int
    name: str = ""
    inside: tuple[Part, ...] = ()


def blocks(source: str, parts: Sequence[Part], path: tuple[str, ...]) -> list[Block]:
    """One for each definition and each run of lines between them; together they hold every line."""
    lines = Lines(source)
    walk = _Walk(lines)
    walk.region(parts, 0, len(lines), path)
    return walk.blocks


def paragraphs(source: str, path: tuple[str, ...]) -> list[Block]:
    """What stands between empty lines."""
    lines = Lines(source)
    walk = _Walk(lines)
    low = 0
    for number in range(len(lines) + 1):
        if number == len(lines) or not lines[number].strip():
            walk.add(low, number, path)
            low = number + 1
    return walk.blocks


class _Walk:
    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.blocks: list[Block] = []

    def region(self, parts: Sequence[Part], low: int, high: int, path: tuple[str, ...]) -> None:
        """Lines low … high - 1 with the parts that lie in them; what no part holds is a block of its own."""
        at = low
        for part in parts:
            if not part.name or part.high <= at:
                continue
            first = self._with_comments(max(part.low, at), at)
            self.add(at, first, path)
            within = (*path, part.name)
            if part.inside and part.high - part.low > 1:
                self.region(part.inside, first, part.high, within)
            else:
                self.add(first, part.high, within)
            at = part.high
        self.add(at, high, path)

    def add(self, low: int, high: int, path: tuple[str, ...]) -> None:
        """A block of lines, without the empty ones at its ends; what only closes goes with the block before."""
        while low < high and not self.lines[low].strip():
            low += 1
        if low == high:
            return
        start, end = self.lines.starts[low], self.lines.last_text(low, high)
        if self.blocks and end - start <= 100 and _CLOSING.fullmatch(self.lines.text, start, end):
            self.blocks[-1] = replace(self.blocks[-1], end=end)
        else:
            self.blocks.append(Block("code", start, end, headings=path))

    def _with_comments(self, number: int, least: int) -> int:
        while number > least and _ATTACHED.match(self.lines[number - 1]):
            number -= 1
        return number
