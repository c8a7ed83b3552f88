"""Lists: the sentence or heading that announces one asks, the whole list answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from datagen_core.documents import Block
from datagen_plugin_extractive.headings import as_question
from datagen_plugin_extractive.markup import is_clean, plain
from datagen_plugin_extractive.passage import Candidate, Passage
from datagen_plugin_extractive.sentences import sentences, words

_LEFT_OUT = re.compile(
    r"(?:table of )?contents|toc|references|footnotes|see also|further reading|links", re.IGNORECASE
)
_BESIDE = re.compile(r"\b(?:above|below)\b", re.IGNORECASE)
MOST_ITEMS = 15


def lists(passage: Passage, max_chars: int) -> Iterator[Candidate]:
    """A question for each whole list that is announced."""
    blocks = passage.blocks
    for first, last in _runs(blocks):
        items = blocks[first:last]
        if first == 0 or not 2 <= len(items) <= MOST_ITEMS or (last == len(blocks) and passage.goes_on):
            continue
        if any(item.kind != "list_item" for item in items):
            continue
        start, end = passage.line_start(items[0]), items[-1].end
        question = _question(passage, blocks[first - 1])
        if question and end - start <= max_chars and is_clean(passage.text(start, end)):
            yield Candidate("lists", question, start, end)


def _runs(blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """First and past-the-last index of each list; whatever stands inside a list is part of it."""
    first = None
    for i, block in enumerate(blocks):
        inside = block.level > 0 and block.kind != "heading"
        if inside and first is None:
            first = i
        elif not inside and first is not None:
            yield first, i
            first = None
    if first is not None:
        yield first, len(blocks)


def _question(passage: Passage, before: Block) -> str | None:
    heading = plain(before.headings[-1]) if before.headings else ""
    if before.kind == "heading":
        if _LEFT_OUT.fullmatch(heading) or heading == plain(passage.title):
            return None
        if asked := as_question(heading):
            return asked
        return f"Which points does “{passage.title}” list under “{heading}”?"
    if before.kind != "paragraph" or _LEFT_OUT.fullmatch(heading):
        return None
    text = passage.of(before)
    start, end = list(sentences(text))[-1]
    announced = plain(text[start:end])
    announces = announced.endswith((":", "：")) and not _BESIDE.search(announced)
    if not announces or words(announced) < 3 or len(announced) > 250 or not is_clean(announced):
        return None
    where = f"“{passage.title}”"
    if heading and heading != plain(passage.title):
        where = f"the section “{heading}” of {where}"
    return f"In {where}, which points are listed after “{announced}”?"
