"""reStructuredText into blocks, line by line (docutils keeps no offsets within a line).

Read: titles, paragraphs, bullet, numbered, definition and field lists, literal and doctest blocks, tables,
line blocks, block quotes, and what stands in directives that hold prose. Not read: inline markup (it stays in
the text as written) and the content of all other directives, comments, targets and footnotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from datagen_core.documents.document import Block, BlockKind, Lines, Outline

MAX_DEPTH = 40
"""Deeper nesting is left out: no page has it, and the parser calls itself for each level."""

_MARK = re.compile(r"([!-/:-@\[-`{-~])\1*$")
_BULLET = re.compile(r"[-*+•‣⁃][ \t]+(?=\S)")
_NUMBER = re.compile(
    r"(?:\d{1,4}|[A-Za-z]|[ivxlcdm]{1,6}|[IVXLCDM]{1,6}|#)[.)][ \t]+(?=\S)|\(\w{1,4}\)[ \t]+(?=\S)"
)
_FIELD = re.compile(r":(?![: `])((?:[^:\\\n]|\\.)+):(?:[ \t]+|$)")
_DIRECTIVE = re.compile(r"\.\.[ \t]+([\w.+:-]+?)::(?:[ \t]+|$)")
_BADGES = re.compile(r"(?:\|[^|\n]{1,100}\|_{0,2}\s*)+")
_SIMPLE_TABLE = re.compile(r"=+[ \t]+=[= \t]*$")

_PROSE = frozenset(
    [
        "note",
        "warning",
        "tip",
        "hint",
        "important",
        "caution",
        "danger",
        "error",
        "attention",
        "seealso",
        "admonition",
        "topic",
        "compound",
        "container",
        "epigraph",
        "only",
        "glossary",
        "versionadded",
        "versionchanged",
        "deprecated",
    ]
)
_WITH_ARGUMENT = frozenset(
    ["admonition", "topic", "container", "only", "versionadded", "versionchanged", "deprecated"]
)
_OBJECTS = frozenset(
    [
        "class",
        "exception",
        "function",
        "method",
        "classmethod",
        "staticmethod",
        "attribute",
        "property",
        "data",
        "decorator",
        "module",
        "option",
        "envvar",
        "confval",
        "describe",
        "object",
    ]
)


def parse(source: str) -> tuple[str, str, tuple[Block, ...]]:
    """No title of its own (the first heading serves), the source itself, and its blocks."""
    parser = _Parser(source)
    parser.body(_Region(0, len(parser.lines), 0, 0, 0))
    return "", source, tuple(parser.outline.blocks)


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines low … high - 1 at one indentation; `lists` is how deep in lists, `depth` how deep in anything."""

    low: int
    high: int
    indent: int
    lists: int
    depth: int


@dataclass(slots=True)
class _Lead:
    """What the first paragraph of a region is, where it is more than a paragraph; `term` begins a definition."""

    kind: BlockKind
    term: int | None = None


class _Parser:
    def __init__(self, source: str) -> None:
        self.lines = Lines(source)
        self.starts = [
            start + len(line) - len(line.lstrip())
            for start, line in zip(self.lines.starts, source.split("\n"), strict=True)
        ]
        self.indents = [_columns(line) for line in source.split("\n")]
        self.outline = Outline()
        self.styles: list[str] = []  # of titles, in order of appearance

    def line(self, number: int) -> str:
        """A line's text from where it begins in its region (behind bullets); "" for an empty one."""
        return self.lines.text[self.starts[number] : self.lines.ends[number]].rstrip()

    def body(self, region: _Region, lead: _Lead | None = None) -> None:
        """Reads a region, block after block."""
        if region.depth > MAX_DEPTH:
            return
        at = region.low
        while at < region.high:
            if not self.line(at):
                at += 1
                continue
            at = self._block(at, region, lead)
            lead = None

    def _block(self, at: int, region: _Region, lead: _Lead | None) -> int:
        """Reads the block that begins at a line and returns the first line after it."""
        line, indent = self.line(at), self.indents[at]
        if indent > region.indent:
            end = self._while(at, region.high, lambda n: self.indents[n] > region.indent)
            self.body(_Region(at, end, indent, region.lists, region.depth + 1), lead)
            return end
        if line == ".." or line.startswith(".. "):
            return self._explicit(at, region)
        if region.depth == 0 and (after := self._title(at, region.high)):
            return after
        if line.startswith(("+-", "+=")) or _SIMPLE_TABLE.match(line):
            return self._table(at, region)
        if len(line) >= 4 and _MARK.match(line):
            return at + 1  # a transition
        if line.startswith(">>> "):
            end = self._paragraph_end(at, region.high)
            self.outline.add("code", self.starts[at], self.lines.last_text(at, end), region.lists)
            return end
        if mark := self._list_mark(at, region.high):
            return self._item(at, mark, region)
        if mark := _FIELD.match(line):
            return self._field(at, mark, region)
        if lead is None and self._deeper(at + 1, at, region.high) and not line.startswith("|"):
            return self._definition(at, region)
        return self._paragraph(at, region, lead)

    # -- blocks -------------------------------------------------------------------------------------------

    def _title(self, at: int, high: int) -> int | None:
        line = self.line(at)
        following = self.line(at + 1) if at + 1 < high else ""
        if _MARK.match(line):
            under = self.line(at + 2) if at + 2 < high else ""
            if not following or _MARK.match(following) or under != line or len(line) < len(following):
                return None
            text, style, after = at + 1, f"over {line[0]}", at + 3
        else:
            enough = len(following) >= len(line) or len(following) >= 4
            if not _MARK.match(following) or not enough or self.indents[at + 1]:
                return None
            if _FIELD.match(line) or (self._list_mark(at, at + 1) and len(following) < len(line)):
                return None
            text, style, after = at, following[0], at + 2
        if style not in self.styles:
            self.styles.append(style)
        end = self.lines.last_text(text, text + 1)
        level = self.styles.index(style) + 1
        self.outline.heading(self.line(text), self.starts[text], end, level)
        return after

    def _table(self, at: int, region: _Region) -> int:
        end = self._paragraph_end(at, region.high)
        border = self.line(at)
        if not border.startswith("+"):  # a simple table may hold empty lines: it ends at a border before one
            last = at + 1
            for number in range(at + 1, region.high):
                ends = number + 1 == region.high or not self.line(number + 1)
                if _SIMPLE_TABLE.match(self.line(number)) and ends:
                    last = number + 1
                    break
            end = max(end, last)
        self.outline.add("table", self.starts[at], self.lines.last_text(at, end), region.lists)
        return end

    def _item(self, at: int, mark: re.Match[str], region: _Region) -> int:
        end = self._indented_end(at, region.high)
        self._begin_after(at, mark)
        inside = _Region(at, end, self.indents[at], region.lists + 1, region.depth + 1)
        self.body(inside, _Lead("list_item"))
        return end

    def _field(self, at: int, mark: re.Match[str], region: _Region) -> int:
        end = self._indented_end(at, region.high)
        lead = _Lead("definition", self.starts[at] + 1)
        shares_line = mark.end() < len(self.line(at))
        if shares_line:
            self._begin_inside(at, end, mark)
        self._inside(at if shares_line else at + 1, end, region, lead)
        return end

    def _definition(self, at: int, region: _Region) -> int:
        end = self._indented_end(at, region.high)
        indent = self.indents[at + 1]
        lead = _Lead("definition", self.starts[at])
        self.body(_Region(at + 1, end, indent, region.lists, region.depth + 1), lead)
        return end

    def _paragraph(self, at: int, region: _Region, lead: _Lead | None) -> int:
        end = self._paragraph_end(at, region.high)
        start, stop = self.starts[at], self.lines.last_text(at, end)
        text = self.lines.text[start:stop]
        literal = text.endswith("::")
        if literal:
            stop -= 2 if text == "::" or text[-3:-2].isspace() else 1
            stop = start + len(self.lines.text[start:stop].rstrip())
        if lead is None and _BADGES.fullmatch(text):
            return end  # substitutions alone: images
        if lead is None:
            self.outline.add("paragraph", start, stop, region.lists)
        elif lead.term is None:
            self.outline.add(lead.kind, start, stop, region.lists)
        elif stop > start:  # else it is `::` alone
            self.outline.add(lead.kind, lead.term, stop, region.lists, start)
        return self._literal(end, region) if literal else end

    def _literal(self, at: int, region: _Region) -> int:
        """The indented block after `::`, which may hold anything."""
        first = next((n for n in range(at, region.high) if self.line(n)), region.high)
        if first == region.high or self.indents[first] <= region.indent:
            return at
        end = self._while(first, region.high, lambda n: self.indents[n] > region.indent)
        self.outline.add("code", self.starts[first], self.lines.last_text(first, end), region.lists)
        return end

    def _explicit(self, at: int, region: _Region) -> int:
        """A directive, comment, target or footnote, with all that is indented below it."""
        end = self._indented_end(at, region.high)
        found = _DIRECTIVE.match(self.line(at))
        if found is None:
            return end
        name = found[1].rsplit(":", 1)[-1].lower()
        says_something = found.end() < len(self.line(at))
        if name in _PROSE and name not in _WITH_ARGUMENT and says_something:
            self._begin_inside(at, end, found)
            self._inside(at, end, region)
        elif name in _PROSE:
            self._inside(self._after_options(at + 1, end), end, region)
        elif name in _OBJECTS:
            lead = _Lead("definition", self.starts[at] + found.end()) if says_something else None
            low = next((n for n in range(at + 1, end) if not self.line(n)), end)  # signatures, then options
            self._inside(low, end, region, lead)
        elif name.startswith(("code", "sourcecode", "parsed-literal", "math")):
            self._whole("code", at, end, region)
        elif name.endswith("table"):
            self._whole("table", at, end, region)
        return end

    def _whole(self, kind: BlockKind, at: int, end: int, region: _Region) -> None:
        """A directive's content as one block."""
        low = self._after_options(at + 1, end)
        first = next((n for n in range(low, end) if self.line(n)), end)
        if first < end:
            self.outline.add(kind, self.starts[first], self.lines.last_text(first, end), region.lists)

    def _inside(self, low: int, end: int, region: _Region, lead: _Lead | None = None) -> None:
        first = next((n for n in range(low, end) if self.line(n)), end)
        if first < end:
            self.body(_Region(first, end, self.indents[first], region.lists, region.depth + 1), lead)

    # -- lines --------------------------------------------------------------------------------------------

    def _list_mark(self, at: int, high: int) -> re.Match[str] | None:
        """A bullet; or a number, where the next line doesn't show that it is the text of a paragraph."""
        line = self.line(at)
        if mark := _BULLET.match(line):
            return mark
        mark = _NUMBER.match(line)
        if mark is None or at + 1 >= high or not self.line(at + 1) or self._deeper(at + 1, at, high):
            return mark
        return mark if _NUMBER.match(self.line(at + 1)) else None

    def _begin_after(self, at: int, mark: re.Match[str]) -> None:
        """Makes a line begin after its bullet, for the region inside."""
        self.starts[at] += mark.end()
        self.indents[at] += mark.end()

    def _begin_inside(self, at: int, end: int, mark: re.Match[str]) -> None:
        """Makes the text after a mark the first line of the indented block below it."""
        self._begin_after(at, mark)
        following = (self.indents[n] for n in range(at + 1, end) if self.line(n))
        self.indents[at] = next(following, self.indents[at])

    def _deeper(self, number: int, than: int, high: int) -> bool:
        return number < high and bool(self.line(number)) and self.indents[number] > self.indents[than]

    def _after_options(self, at: int, end: int) -> int:
        """The first line after a directive's options."""
        while at < end and _FIELD.match(self.line(at)):
            at = self._indented_end(at, end)
        return at

    def _indented_end(self, at: int, high: int) -> int:
        indent = self.indents[at]
        return self._while(at + 1, high, lambda n: self.indents[n] > indent)

    def _paragraph_end(self, at: int, high: int) -> int:
        return next((n for n in range(at + 1, high) if not self.line(n)), high)

    def _while(self, at: int, high: int, holds: Callable[[int], bool]) -> int:
        """The line after the last of those that are empty or hold; trailing empty lines apart."""
        end = at
        for number in range(at, high):
            if self.line(number):
                if not holds(number):
                    break
                end = number + 1
        return end


def _columns(line: str) -> int:
    """Columns of indentation, a tab to the next multiple of eight."""
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())
