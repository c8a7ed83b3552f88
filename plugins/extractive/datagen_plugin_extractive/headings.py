"""Sections: the heading asks, or is asked about, and the paragraph right below it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datagen_plugin_extractive.markup import is_clean, plain, points_elsewhere
from datagen_plugin_extractive.passage import Candidate, Passage
from datagen_plugin_extractive.sentences import is_whole, sentences, words

_GENERAL = """
    abstract introduction overview background motivation rationale summary preface preamble general details
    description specification notes note conclusion discussion reference usage example examples about
    purpose scope goals
""".split()  # noqa: SIM905 (one word a string would be one word a line)
_LEFT_OUT = re.compile(
    r"(?:table of )?contents|toc|references|footnotes|see also|further reading|links|copyright|licen[cs]e|"
    r"acknowledge?ments?|index|bibliography|notes?|warnings?|important",
    re.IGNORECASE,
)

_ASKS = re.compile(
    r"(?:what|why|how|when|where|which|who) (?:is|are|was|were|do|does|did|can|should|will)\b", re.I
)


def headings(passage: Passage, max_chars: int) -> Iterator[Candidate]:
    """A question for each heading with prose right below it."""
    for above, below in zip(passage.blocks, passage.blocks[1:], strict=False):
        if above.kind != "heading" or below.kind != "paragraph" or below.level:
            continue
        heading, text = plain(above.headings[-1]).rstrip(" :"), passage.of(below)
        if _LEFT_OUT.fullmatch(heading) or not is_clean(heading) or len(heading) > 150:
            continue
        whole = len(text) <= max_chars and _reads_well(text)
        start, end = (0, len(text)) if whole else next(sentences(text))
        if whole or (end <= max_chars and _reads_well(text[start:end])):
            question = _question(passage.title, heading, above.headings, whole)
            yield Candidate("headings", question, below.start + start, below.start + end)


def as_question(heading: str) -> str | None:
    """A heading that asks, with its question mark; None for any other."""
    asks = heading.endswith("?") and not heading[0].isdigit()
    if words(heading) < 3 or not (asks or _ASKS.match(heading)):
        return None
    return heading if heading.endswith("?") else f"{heading}?"


def _question(title: str, heading: str, path: tuple[str, ...], whole: bool) -> str:
    if asked := as_question(heading):
        return asked
    if heading == plain(title):
        return f"How does “{title}” begin?"
    if heading.lower() in _GENERAL or not whole:
        return f"How does the section “{heading}” of “{title}” begin?"
    return f"What does “{title}” say about “{heading}”?"


def _reads_well(text: str) -> bool:
    return is_whole(text) and words(text) >= 6 and is_clean(text) and not points_elsewhere(text)
