"""Cloze: a sentence with one salient span left out: a code term, a number or a proper term."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datagen_core.documents import Block
from datagen_plugin_extractive.markup import has_bare_role, is_clean, plain
from datagen_plugin_extractive.passage import Candidate, Passage
from datagen_plugin_extractive.sentences import is_whole, sentences, words

BLANK = "____"
MIN_WORDS, MAX_WORDS, MAX_SENTENCE_CHARS = 7, 45, 320
_GAP = "\uf8ff"  # private use: stands for the blank while markup is taken off
_STANDS_ALONE = re.compile(rf"(?<![a-zA-Z0-9_`+~])(?<!\w\.){_GAP}(?![a-zA-Z0-9_`+~]|\.\w)")

_CODE = re.compile(r"``(?P<a>[^`\n]{2,40})``(?!`)|(?<![:`\w])`(?P<b>[^`<\n]{2,40})`(?![`_\w])")
_ANY_CODE = re.compile(r"``[^`]*``|`[^`]*`|\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?|\S*(?:://|@)\S*|<[^>\n]*>")
_UNIT = (
    r"(?:[ ]?(?:%|(?:(?:[KMGT]i?)?B(?:/s)?|[mµun]s|[kMG]Hz|(?:milli|micro)?seconds?|minutes?|hours?|days?|years?"
    r"|bytes?|bits?)\b))"
)
_NUMBER = re.compile(
    rf"(?<![\w.,/#§$+~:=-])(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)*{_UNIT}?(?![\w%+~:]|[.,/-]\w)"
)
_NUMBER_IN_SCRIPT = re.compile(r"(?<![\dA-Za-z.,/])\d+(?:\.\d+)*(?![\dA-Za-z%]|[.,/]\d)")
_TERM = re.compile(r"(?<=[\w,;)][ ])(?:[A-Z][\w+#/-]*\w)(?:[ ][A-Z][\w+#/-]*\w){0,3}(?![\w`*_])")
_ORDINARY_WORDS = """
    a an and are as at be but by can do for from has he how if in into is it its may must no not note of on or
    our please see she should so some such than that the their then there these they this those to use was we
    what when where which who why will with would you your also however only all any both each i ok todo tip
    warning important caution example examples january february march april may june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday yes shall
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())


def cloze(passage: Passage, max_chars: int) -> Iterator[Candidate]:
    """One question for each sentence with something salient in it."""
    for block in passage.blocks:
        if block.kind not in ("paragraph", "list_item"):
            continue
        text = passage.of(block)
        for start, end in sentences(text):
            gap = _gap(text[start:end]) if _is_fit(text[start:end]) else None
            if gap is None or gap[1] - gap[0] > max_chars:
                continue
            question = _question(passage, block, text[start:end], gap)
            if question:
                low = block.start + start
                yield Candidate("cloze", question, low + gap[0], low + gap[1])


def _is_fit(sentence: str) -> bool:
    first = sentence.lstrip("*_`\"“'")[:1]
    return (
        is_whole(sentence)
        and bool(first)
        and first.isalnum()
        and not has_bare_role(sentence)
        and len(sentence) <= MAX_SENTENCE_CHARS
        and MIN_WORDS <= words(sentence) <= MAX_WORDS
    )


def _gap(sentence: str) -> tuple[int, int] | None:
    """The most salient span that occurs once: code before numbers before terms, the longest of its sort first."""
    covered = [found.span() for found in _ANY_CODE.finditer(sentence)]
    sorts = (
        [_inner(found) for found in _CODE.finditer(sentence)],
        [found.span() for found in _numbers(sentence) if not _inside(found.start(), covered)],
        [found.span() for found in _TERM.finditer(sentence) if not _inside(found.start(), covered)],
    )
    for spans, is_salient in zip(sorts, (_is_code, _is_number, _is_term), strict=True):
        fit = [
            (start, end)
            for start, end in spans
            if is_salient(sentence[start:end]) and sentence.count(sentence[start:end]) == 1
        ]
        if fit:
            return max(fit, key=lambda span: (span[1] - span[0], -span[0]))
    return None


def _numbers(sentence: str) -> Iterator[re.Match[str]]:
    spaced = words(sentence) == len(sentence.split())
    return (_NUMBER if spaced else _NUMBER_IN_SCRIPT).finditer(sentence)


def _inner(found: re.Match[str]) -> tuple[int, int]:
    return found.span("a" if found["a"] is not None else "b")


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _is_code(text: str) -> bool:
    return text.strip() == text and len(text.split()) <= 3 and any(c.isalnum() for c in text)


def _is_number(text: str) -> bool:
    return len(text) > 1


def _is_term(text: str) -> bool:
    parts = text.split()
    return not any(part.lower() in _ORDINARY for part in parts) and len(text) > 1


def _question(passage: Passage, block: Block, sentence: str, gap: tuple[int, int]) -> str | None:
    shown = plain(sentence[: gap[0]] + _GAP + sentence[gap[1] :]).replace(f"`{_GAP}`", _GAP)
    if not _STANDS_ALONE.search(shown) or shown.count(_GAP) != 1 or not is_clean(shown.replace(_GAP, "x")):
        return None
    answer, where = sentence[gap[0] : gap[1]], f"“{passage.title}”"
    heading = plain(block.headings[-1]) if block.headings else ""
    if heading and heading != plain(passage.title) and len(heading) <= 100 and answer not in heading:
        where = f"the section “{heading}” of {where}"
    question = f"Complete the sentence from {where}: “{shown.replace(_GAP, BLANK)}”"
    return None if answer in question else question
