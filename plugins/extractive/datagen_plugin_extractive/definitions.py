"""Definitions: glossary entries, documented names, "**Term** — meaning", and "X is a …" sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datagen_core.documents import Block
from datagen_plugin_extractive.markup import is_clean, plain, points_elsewhere
from datagen_plugin_extractive.passage import Candidate, Passage
from datagen_plugin_extractive.sentences import is_whole, sentences, words

_LABELLED = re.compile(
    r"(?P<mark>\*\*|``|`)(?P<term>[^*`\n]{2,60}?)[:.]?(?P=mark)"
    r"[ \t]*(?:[ \t](?:—|–|--?)[ \t]+|:[ \t]+|(?<=[:.]\*\*)[ \t]+)(?=\S)"
)
_IS_A = re.compile(
    r"(?P<article>(?:An?|The)\s+)?(?P<term>(?:[\w`*+./()-]+\s+){0,4}?[\w`*+./()-]+)\s+(?P<verb>is|are)\s+"
    r"(?:an?|the|one\s+of)\s+(?=\w)"
)
_NO_TERMS = """
    it this that these those there here he she they we you i what which who where when why how if while
    because since although though as at by for from in into of on to with without after before once but and
    or so also however then thus therefore another one each every any all some many most both either neither
    no not first second third next last following above below former latter same other only note see use
    its their our your his her my such is are was were be has have had can may must should will would
    default reason goal purpose idea point result answer question problem
"""
_NO_TERM = frozenset(_NO_TERMS.split())
_FIELD = re.compile(
    r"(?:param|parameter|arg|argument|key|keyword|kwarg|type|returns?|rtype|raises?|i?var|vartype|yields?)\b"
)
_REMARKS = frozenset(("note", "warning", "tip", "important", "caution", "example"))
_GLOSSARY = re.compile(r"\b(?:glossary|terminology|definitions|terms|vocabulary|concepts)\b", re.IGNORECASE)


def definitions(passage: Passage, max_chars: int) -> Iterator[Candidate]:
    """What the passage defines, in order."""
    for i, block in enumerate(passage.blocks):
        if block.kind == "definition" and block.body is not None:
            yield from _entry(passage, block, block.body, max_chars)
        elif block.kind in ("paragraph", "list_item"):
            yield from _labelled(passage, block, max_chars)
            if block.kind == "paragraph":
                yield from _is_a(passage, block)
                yield from _under_term(passage, i, max_chars)


def _entry(passage: Passage, block: Block, body: int, max_chars: int) -> Iterator[Candidate]:
    raw = passage.text(block.start, body).split("\n")[0].strip(" :")
    term = plain(raw)
    is_code = passage.line_start(block) < block.start  # `.. method:: name(argument)`
    if _FIELD.match(term) or not 2 <= len(term) <= 120 or not (is_code or is_clean(raw)):
        return
    if is_code and (len(term) > 60 or term.count("(") != term.count(")")):
        term = f"{term.split('(')[0]}()"
    span = _meaning(passage, body, block.end, max_chars)
    if span:
        shown = f"`{term}`" if is_code else f"“{term}”"
        yield Candidate("definitions", f"How does “{passage.title}” describe {shown}?", *span)


def _labelled(passage: Passage, block: Block, max_chars: int) -> Iterator[Candidate]:
    text = passage.of(block)
    found = _LABELLED.match(text)
    if not found or found["term"].strip(" :.").lower() in _REMARKS or not is_clean(found["term"]):
        return
    span = _meaning(passage, block.start + found.end(), block.end, max_chars)
    if span:
        shown = f"“{found['term'].strip(' :.')}”" if found["mark"] == "**" else f"`{found['term']}`"
        yield Candidate("definitions", f"How does “{passage.title}” describe {shown}?", *span)


def _is_a(passage: Passage, block: Block) -> Iterator[Candidate]:
    """ "X is a …" at the start of a paragraph: the answer is the whole sentence."""
    text = passage.of(block)
    found = _IS_A.match(text)
    if not found:
        return
    start, end = next(sentences(text))
    sentence, term = text[start:end], plain(found["term"])
    parts = re.findall(r"[a-z]+", term.lower())
    if not parts or _NO_TERM.intersection(parts) or not is_whole(sentence) or words(sentence) < 6:
        return
    if is_clean(sentence) and not points_elsewhere(sentence):
        name = f"{(found['article'] or '').strip().lower()} {term}".strip()
        question = f"What {found['verb']} {name}, according to “{passage.title}”?"
        yield Candidate("definitions", question, block.start + start, block.start + end)


def _under_term(passage: Passage, i: int, max_chars: int) -> Iterator[Candidate]:
    """A glossary's heading is the term, the paragraph below it the meaning."""
    above = passage.blocks[i - 1] if i else None
    if above is None or above.kind != "heading":
        return
    around = [passage.title, *above.headings[:-1]]
    if not any(map(_GLOSSARY.search, around)):
        return
    span = _meaning(passage, passage.blocks[i].start, passage.blocks[i].end, max_chars)
    if span:
        term = plain(above.headings[-1])
        yield Candidate("definitions", f"How does “{passage.title}” define “{term}”?", *span)


def _meaning(passage: Passage, start: int, end: int, max_chars: int) -> tuple[int, int] | None:
    """The span if it reads well and is short enough, else its first sentence; None when neither does."""
    text = passage.text(start, end)
    first = next(sentences(text), (0, 0))
    for low, high in ((0, len(text)), first):
        span = text[low:high]
        if high - low <= max_chars and words(span) >= 3 and _reads_well(span):
            return start + low, start + high
    return None


def _reads_well(span: str) -> bool:
    return is_clean(span) and not span.endswith(":") and not points_elsewhere(span)
