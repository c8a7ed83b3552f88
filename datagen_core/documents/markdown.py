"""Markdown (CommonMark with tables) into blocks; markdown-it says which lines a block covers."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from datagen_core.documents.document import Block, Lines, Outline

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?\n)??(\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(.+?)[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(
    r"""[ \t]*(?: \{\{ [%<] (?:(?!\}\}).)* \}\} # Hugo
              | :{3,} .* | [!?]{3}\+? [ ] .*   # Docusaurus, MkDocs
              | \{% .* %\} | \[\[?_?TOC_?\]\]? # Jekyll, a table of contents
              | > [ \t]* \[!\w+\]              # GitHub
              )[ \t]*""",
    re.VERBOSE | re.IGNORECASE,
)
_ONLY_A_LINK_INSIDE = re.compile(r"\[[^\]]*\]\(#[^)]*\)")
_TARGET = r"(?:\([^()\n]{0,500}\)|\[[^\[\]\n]{0,200}\])"
_IMAGE = r"!\[[^\[\]\n]{0,200}\]"
_BADGES = re.compile(
    rf"(?:(?:\[{_IMAGE}{_TARGET}\]{_TARGET}|{_IMAGE}\([^()\n]{{0,500}}(?:badge|shields\.io)[^()\n]{{0,500}}\))\s*)+"
)
"""Images that are links, or called so."""
_CONTENTS = re.compile(r"(?:table of )?contents|toc", re.IGNORECASE)
_HEADING_MARK = re.compile(r"[ \t]*#{1,6}[ \t]+")
_HEADING_END = re.compile(r"(?:[ \t]*\{[#.][^{}\n]*\}|[ \t]+#+)+[ \t]*$")


def parse(source: str) -> tuple[str, str, tuple[Block, ...]]:
    """The front matter's title, the source itself, and its blocks.

    Front matter, directives (lines with nothing but a shortcode), raw HTML and link definitions stay in the
    text and are no block; nor are list items that only link within the page (tables of contents), the heading of
    such a table, and rows of badges.
    """
    lines = Lines(source)
    hidden, title = _front_matter(source)
    kept = [
        "" if number < hidden or _DIRECTIVE.fullmatch(lines[number]) else lines[number]
        for number in range(len(lines))
    ]
    parser = (
        MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
    )  # blocks are all we need
    tokens = parser.parse("\n".join(kept))
    return title, source, tuple(_Walk(source, lines).blocks(tokens))


def _front_matter(source: str) -> tuple[int, str]:
    """How many lines it takes, and the title it gives."""
    found = _FRONT_MATTER.match(source)
    if not found:
        return 0, ""
    title = _TITLE.search(found[2] or "")
    return found[0].count("\n") or 1, title[1].strip("\"' ") if title else ""


class _Walk:
    def __init__(self, source: str, lines: Lines) -> None:
        self.source = source
        self.lines = lines
        self.outline = Outline()
        self.depth = 0  # of lists
        self.fresh_item = False  # inside an item that has shown nothing yet

    def blocks(self, tokens: list[Token]) -> list[Block]:
        in_table = False
        for i, token in enumerate(tokens):
            if token.type == "table_open":
                in_table = True
                self._lines("table", token)
            elif token.type == "table_close":
                in_table = False
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                self.depth += 1
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                self.depth -= 1
            elif token.type == "list_item_open":
                self.fresh_item = True
            elif token.type in ("fence", "code_block"):
                self._code(token)
            elif token.type == "inline" and not in_table:
                self._inline(tokens[i - 1], token)
        return _without_contents_headings(self.source, self.outline.blocks)

    def _lines(self, kind: str, token: Token) -> None:
        low, high = token.map or (0, 0)
        start = self.lines.starts[low] + _indent(self.lines[low])
        self.outline.add(kind, start, self.lines.last_text(low, high), self.depth)  # type: ignore[arg-type]

    def _code(self, token: Token) -> None:
        low, high = token.map or (0, 0)
        if token.type == "fence":
            low += 1
            closed = self.lines[high - 1].strip(" \t>").startswith(token.markup) and high > low
            high -= closed
        if low < high:
            start = self.lines.starts[low]
            self.outline.add("code", start, self.lines.last_text(low, high), self.depth)
        self.fresh_item = False

    def _inline(self, opening: Token, token: Token) -> None:
        low, high = token.map or (0, 0)
        if opening.type == "heading_open":
            self._heading(opening, low)
            return
        if not token.content.strip():
            return
        start, end = self._start(low, token.content), self.lines.last_text(low, max(high, low + 1))
        fresh, self.fresh_item = self.fresh_item, False
        if fresh and _ONLY_A_LINK_INSIDE.fullmatch(token.content):
            return
        if "![" in token.content and _BADGES.fullmatch(token.content.strip()):
            return
        term, _, rest = token.content.partition("\n")
        if not self.depth and rest.startswith(":") and term:
            body = start + len(self.lines.text[start:end].split("\n", 1)[0]) + 1
            body += re.match(r"[ \t]*:[ \t]*", self.source[body:end] or "").end()  # type: ignore[union-attr]
            self.outline.add("definition", start, end, self.depth, body)
        else:
            self.outline.add("list_item" if fresh else "paragraph", start, end, self.depth)

    def _heading(self, opening: Token, low: int) -> None:
        line, at = self.lines[low], self.lines.starts[low]
        mark = _HEADING_MARK.search(line) if opening.markup.startswith("#") else None
        start = mark.end() if mark else _indent(line)
        end = _HEADING_END.search(line, start)
        stop = end.start() if end else len(line.rstrip())
        self.outline.heading(line[start:stop], at + start, at + stop, int(opening.tag[1:]))

    def _start(self, low: int, content: str) -> int:
        """Where a block's text begins on its first line, behind bullets and quote marks."""
        line, first = self.lines[low].rstrip(), content.split("\n", 1)[0].rstrip()
        if line.endswith(first):
            return self.lines.starts[low] + len(line) - len(first)
        return self.lines.starts[low] + _indent(line)


def _without_contents_headings(text: str, blocks: list[Block]) -> list[Block]:
    """The blocks without headings of tables of contents that have nothing below them."""
    after = [*blocks[1:], None]
    return [
        block
        for block, following in zip(blocks, after, strict=False)
        if block.kind != "heading"
        or not (following is None or following.kind == "heading")
        or not _CONTENTS.fullmatch(text, block.start, block.end)
    ]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
