"""Lines as they are printed on pages, made into headings, paragraphs and list items again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from datagen_core.documents.document import Block, Outline
from datagen_core.documents.plain import ITEM

Bookmarks = dict[int, dict[str, int]]
"""Page (from 0) → title of a heading there → its level."""

EDGE = 3
"""Lines at the top and bottom of a page that may be running heads and feet."""
FEWEST = 3
"""Pages that a line recurs on before it is one."""

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00ad": "-", "\0": ""}
)
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+(?=[^\W\d_])(.{2,80})")
_NAMED = re.compile(
    r"abstract|introduction|conclusions?|references|bibliography|acknowledge?ments?|appendix|contents",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_END = re.compile(r"[.!?:…。！？][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Printed:
    """A document's text, its blocks, where each page begins in the text, and its first line as a title."""

    title: str
    text: str
    blocks: tuple[Block, ...]
    pages: tuple[int, ...]


def read_pages(texts: Sequence[str], bookmarks: Bookmarks) -> Printed:
    """The text of pages without running heads, feet and page numbers, as paragraphs.

    A paragraph ends with a sentence on a line that is shorter than most. Words divided at a line's end are
    whole again; where they have a hyphen of their own elsewhere in the document they keep it. Headings are the
    bookmarks found on their pages; without any, numbered lines that count on, and the usual names.
    """
    pages = [[line.strip() for line in text.translate(_LIGATURES).split("\n")] for text in texts]
    pages = _without_running([[line for line in page if line] for page in pages])
    lines = [line for page in pages for line in page]
    width = median([len(line) for line in lines if len(line) >= 20] or [60])
    words = Counter(word.lower() for line in lines for word in _WORD.findall(line))
    writer = _Writer(words=words, width=0.85 * width, headings=_Headings(pages, bookmarks))
    starts = []
    for number, page in enumerate(pages):
        writer.turn()
        for i, line in enumerate(page):
            writer.line(line, number)
            if i == 0:
                starts.append(writer.line_start)
        if not page:
            starts.append(writer.length)
    writer.end()
    title = next((line for line in lines[:1] if 3 <= len(line) <= 150), "")
    return Printed(title, "".join(writer.out), tuple(writer.outline.blocks), tuple(starts))


def _without_running(pages: list[list[str]]) -> list[list[str]]:
    """Pages without the lines at their edges that recur, digits apart, on three pages and half of all."""
    for side in (0, -1):
        heads = Counter(masked for page in pages for masked in {_masked(line) for line in _edge(page, side)})
        common = {line for line, n in heads.items() if n >= FEWEST and 2 * n >= len(pages) - 1}
        for page in pages:
            for _ in range(EDGE):
                if page and _masked(page[side]) in common:
                    page.pop(side)
    return pages


def _edge(page: Sequence[str], side: int) -> Sequence[str]:
    return page[:EDGE] if side == 0 else page[-EDGE:]


def _masked(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.lower().split()))


class _Headings:
    """Which lines are headings, asked in order."""

    def __init__(self, pages: Sequence[Sequence[str]], bookmarks: Bookmarks) -> None:
        self._marked = {
            (number, _bare(title)): level
            for number, titles in bookmarks.items()
            for title, level in titles.items()
        }
        found = {(number, _bare(line)) for number, page in enumerate(pages) for line in page}
        self._marked = {key: level for key, level in self._marked.items() if key in found}
        self._last: tuple[int, ...] = ()

    def level(self, line: str, page: int) -> int:
        """A heading's level, from 1; 0 of any other line."""
        if self._marked:
            return self._marked.pop((page, _bare(line)), 0)
        if _NAMED.fullmatch(line):
            return 1
        found = _NUMBERED.fullmatch(line)
        if found is None or _END.search(line) or line.endswith((",", ";")) or not found[2][0].isupper():
            return 0
        number = tuple(map(int, found[1].split(".")))
        if not _counts_on(self._last, number):
            return 0
        self._last = number
        return len(number)


def _bare(title: str) -> str:
    """A title without its number and spaces."""
    return "".join(re.sub(r"^[\d.]+\s", "", title.translate(_LIGATURES).lower()).split())


def _counts_on(last: tuple[int, ...], number: tuple[int, ...]) -> bool:
    if number in ((*last, 1), (1,), (0,)) and (not last or number not in ((1,), (0,))):
        return True
    same = number[:-1] == last[: len(number) - 1]
    return len(number) <= len(last) and same and number[-1] == last[len(number) - 1] + 1


@dataclass(slots=True)
class _Writer:
    words: Counter[str]
    width: float
    headings: _Headings
    out: list[str] = field(default_factory=list)
    length: int = 0
    outline: Outline = field(default_factory=Outline)
    line_start: int = 0
    _last: str = ""  # line of the open block
    _open: int | None = None  # where its text begins
    _is_item: bool = False
    _turned: bool = False

    def turn(self) -> None:
        """Begins a page."""
        self._turned = True

    def line(self, line: str, page: int) -> None:
        """Adds a line: to the open block, or as the beginning of another."""
        turned, self._turned = self._turned, False
        level = self.headings.level(line, page)
        item = ITEM.match(line)
        if level:
            self.end()
            start = self._write(line, "\n\n")
            self.outline.heading(line, start, self.length, level)
            return
        if (
            self._open is None
            or item
            or (_END.search(self._last) and (turned or len(self._last) < self.width))
        ):
            was_item = self._is_item and self._open is not None
            self.end()
            start = self._write(line, "\n" if item and was_item else "\n\n")
            self._open, self._is_item = start + (item.end() if item else 0), bool(item)
        else:
            self._join(line)
        self._last = line

    def end(self) -> None:
        """Ends the open block."""
        if self._open is not None:
            kind = self._is_item
            self.outline.add("list_item" if kind else "paragraph", self._open, self.length, int(kind))
        self._open, self._last = None, ""

    def _join(self, line: str) -> None:
        first, second = _WORD.findall(self._last[-60:-1]), _WORD.match(line)
        if self._last.endswith("-") and first and second and line[0].islower():
            whole, kept = f"{first[-1]}{second[0]}".lower(), f"{first[-1]}-{second[0]}".lower()
            keeps = whole not in self.words and (kept in self.words or "-" in first[-1])
            if not keeps:
                self.out[-1] = self.out[-1][:-1]
                self.length -= 1
            self._write(line, "")
        else:
            self._write(line, " " if len(self._last) >= self.width else "\n")

    def _write(self, text: str, before: str) -> int:
        if not self.out:
            before = ""
        self.out += (before, text)
        self.length += len(before) + len(text)
        self.line_start = self.length - len(text)
        return self.line_start
