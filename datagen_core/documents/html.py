"""HTML into clean text and blocks, with the standard library's parser (no tree, so depth costs nothing).

Scripts, styles, navigation, headers, footers and asides are left out, and so are list items that only link
within the page, menus, and what is outside the one `main` or `article`. Inline code keeps its mark: `` `code` ``.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from datagen_core.documents.document import Block, Outline
from datagen_core.documents.html_surroundings import hides, is_skip_link, without_surroundings

_LEFT_OUT = frozenset(
    [
        "script",
        "style",
        "nav",
        "header",
        "footer",
        "aside",
        "noscript",
        "template",
        "svg",
        "math",
        "button",
        "select",
        "iframe",
        "object",
        "textarea",
        "canvas",
        "audio",
        "video",
        "map",
    ]
)
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BREAKS = _HEADINGS | frozenset(
    [
        "html",
        "body",
        "head",
        "p",
        "div",
        "section",
        "article",
        "main",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "blockquote",
        "figure",
        "figcaption",
        "details",
        "summary",
        "form",
        "fieldset",
        "legend",
        "address",
        "hr",
        "pre",
        "title",
        "center",
    ]
)
_CLOSED_BY = {  # an end tag that may be left out: what opens next to it closes it
    "li": ("li", ("ul", "ol")),
    "dt": ("dt dd", ("dl",)),
    "dd": ("dt dd", ("dl",)),
    "tr": ("td th tr", ("table",)),
    "td": ("td th", ("tr", "table")),
    "th": ("td th", ("tr", "table")),
}
_WHOLE = frozenset(("html", "body", "main", "article"))  # whose class may tell what lies in it
_CODE = frozenset(("code", "tt", "kbd", "samp"))
_SPACE = re.compile(r"\s+")


def parse(source: str) -> tuple[str, str, tuple[Block, ...]]:
    """The page's title, its text, and the blocks of that text."""
    reader = _Reader()
    reader.feed(_closed(source))
    reader.close()
    reader.flush()
    for tag in ("main", "article"):
        reader.handle_endtag(tag)
    regions = reader.regions["main"] or reader.regions["article"]
    text, blocks = "".join(reader.out), reader.outline.blocks
    return reader.title, *without_surroundings(text, blocks, reader.links, regions)


def _closed(source: str) -> str:
    """The source without comments, and without tags that never end.

    The standard library looks for the end of each such thing anew: 50,000 unclosed comments take a minute.
    """
    parts, at = [], 0
    while (start := source.find("<!--", at)) >= 0:
        parts.append(source[at:start])
        end = source.find("-->", start + 4)
        at = len(source) if end < 0 else end + 3
    text = "".join([*parts, source[at:]])
    last = text.rfind(">") + 1
    return text[:last] + text[last:].replace("<", "&lt;")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.out: list[str] = []
        self.length = 0
        self.outline = Outline()
        self._open: list[tuple[str, bool, bool]] = []  # tags, whether they hide, whether they mark code
        self._count: Counter[str] = Counter()
        self._hidden = 0
        self.links: dict[int, int] = {}  # blocks that consist of links, and of how many
        self.regions: dict[str, list[range]] = {"main": [], "article": []}  # the blocks in each
        self._run: list[str] = []  # the text since the last break
        self._links = 0  # links in it
        self._linked = 0  # letters of it that link anywhere
        self._linked_inside = 0  # characters of it that link within the page
        self._in_page_link = False
        self._numbers: list[int] = []  # of open lists: the next number, 0 for bullets
        self._fresh_item = False
        self._term: int | None = None  # where a term begins that waits for its meaning
        self._row: list[str] = []
        self._table: tuple[int, list[str]] | None = None

    # -- tags ---------------------------------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element."""
        if tag in _BREAKS or tag in _LEFT_OUT:
            self.flush()
        if self._count["head"] and tag in _BREAKS and tag != "title":
            self.handle_endtag("head")
        if tag in _CLOSED_BY:
            self._close_open(*_CLOSED_BY[tag])
        if tag == "br":
            self._run.append("\n")
        if tag in _VOID:
            return
        given = dict(attrs)
        is_out = tag in _LEFT_OUT or (tag not in _WHOLE and hides(given))
        in_code = self._count["pre"] or any(self._count[name] for name in _CODE)
        code = _is_code(tag, given) and not is_out and not self._hidden and not in_code
        self._open.append((tag, is_out, code))
        self._count[tag] += 1
        self._hidden += is_out
        if self._hidden:
            return
        if tag in self.regions:
            self.regions[tag].append(range(len(self.outline.blocks), 0))
        if tag in ("ul", "ol"):
            self._fresh_item = False
            self._numbers.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._fresh_item = True
        elif tag == "table" and self._table is None:
            self._table = (self._count["table"], [])
        elif tag == "a":
            self._links += 1
            self._in_page_link = (given.get("href") or "").startswith("#")
        elif code:
            self._run.append("`")

    def handle_endtag(self, tag: str) -> None:
        """Closes an element, and those left open inside it."""
        if tag in _BREAKS or tag in _LEFT_OUT:
            self.flush()
        if self._count[tag]:
            while self._pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Adds text to the run."""
        if self._hidden or (self._count["head"] and not self._count["title"]):
            return
        self._run.append(data)
        if self._count["a"]:
            self._linked += _letters(data)
            self._linked_inside += len(data) if self._in_page_link else 0

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """`<![…`: a comment, as in browsers (the standard library raises AssertionError on unknown words)."""
        return self.parse_bogus_comment(i, False)

    def _close_open(self, tags: str, stop: tuple[str, ...]) -> None:
        names = tags.split()
        if not any(self._count[name] for name in names):
            return
        for name, _, _ in reversed(self._open):
            if name in stop:
                return
            if name in names:
                self.handle_endtag(name)
                return

    def _pop(self) -> str:
        tag, is_out, code = self._open.pop()
        self._count[tag] -= 1
        self._hidden -= is_out
        if self._hidden or is_out:
            return tag
        if code:
            self._run.append("`")
        if tag in self.regions:
            self.regions[tag][-1] = range(self.regions[tag][-1].start, len(self.outline.blocks))
        if tag in ("ul", "ol"):
            self._numbers.pop()
            self._fresh_item = False
        elif tag == "a":
            self._in_page_link = False
        elif tag == "tr":
            self._end_row()
        elif tag == "table":
            self._end_table()
        elif tag == "dl":
            self._term = None
        return tag

    # -- text ---------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Ends the run: what it holds becomes a block of the kind that the open elements say."""
        raw, linked, inside, links = "".join(self._run), self._linked, self._linked_inside, self._links
        self._run, self._linked, self._linked_inside, self._links = [], 0, 0, 0
        blocks, before = self.outline.blocks, len(self.outline.blocks)
        preformatted = bool(self._count["pre"])
        text = raw.strip("\n").rstrip() if preformatted else _SPACE.sub(" ", raw).strip()
        if not text.strip("` \n") or (linked and is_skip_link(text)):
            return
        if self._count["title"]:
            self.title = self.title or text
        elif self._table is not None:
            self._row.append(_SPACE.sub(" ", text))
        elif heading := next((tag for tag in _HEADINGS if self._count[tag]), None):
            start = self._write(text, "\n\n")
            self.outline.heading(text, start, self.length, int(heading[1]))
        elif preformatted:
            self._fresh_item = False
            start = self._write(text, "\n\n")
            self.outline.add("code", start, self.length, len(self._numbers))
        elif self._numbers and self._fresh_item:
            self._item(text, inside)
        else:
            self._paragraph(text)
        if (
            len(blocks) > before
            and 0 < linked >= 0.8 * _letters(text)
            and blocks[-1].kind in ("paragraph", "list_item")
        ):
            self.links[len(blocks) - 1] = links

    def _item(self, text: str, inside: int) -> None:
        self._fresh_item = False
        if inside and inside >= len(text) - 2:
            return  # an entry of a table of contents
        number = self._numbers[-1]
        mark = f"{number}. " if number else "- "
        if number:
            self._numbers[-1] += 1
        blocks = self.outline.blocks
        follows = bool(blocks) and blocks[-1].level > 0 and blocks[-1].kind != "heading"
        indent = "  " * (len(self._numbers) - 1)
        start = self._write(text, f"{chr(10) if follows else chr(10) * 2}{indent}{mark}")
        self.outline.add("list_item", start, self.length, len(self._numbers))

    def _paragraph(self, text: str) -> None:
        level = len(self._numbers)
        if self._count["dt"]:
            self._term = self._write(text, "\n\n")
        elif self._count["dd"] and self._term is not None:
            start = self._write(text, "\n    ")
            self.outline.add("definition", self._term, self.length, level, start)
            self._term = None
        else:
            self.outline.add("paragraph", self._write(text, "\n\n"), self.length, level)

    def _end_row(self) -> None:
        if self._table is not None and self._row:
            self._table[1].append(" | ".join(self._row))
        self._row = []

    def _end_table(self) -> None:
        if self._table is None or self._count["table"] >= self._table[0]:
            return  # a table in a table is part of it
        self._end_row()
        rows, self._table = self._table[1], None
        if rows:
            self.outline.add("table", self._write("\n".join(rows), "\n\n"), self.length, len(self._numbers))

    def _write(self, text: str, before: str) -> int:
        """Puts text at the end of the document and returns where it begins."""
        if not self.out:
            before = before.lstrip("\n")
        self.out += (before, text)
        self.length += len(before) + len(text)
        return self.length - len(text)


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _is_code(tag: str, attrs: dict[str, str | None]) -> bool:
    return tag in _CODE or (tag == "span" and "literal" in (attrs.get("class") or "").split())
