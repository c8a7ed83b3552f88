"""What a prompt is about: its content words, in the phrases they stand in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from datagen_core.rehearsal.vocabulary import INSTRUCTION_WORDS, STOP_WORDS

READ_CHARS = 500
"""Read of each end of a prompt: what is wanted stands at its start or its end, and 1,000 characters take 0.2 ms."""
MAX_TOPICS = 24
MAX_PHRASE_WORDS = 3
MAX_WORD_CHARS = 24
NOT_WORDS = re.compile(r"https?://\S+|<[^<>]{1,80}>|\{[{%][^{}]*[%}]\}|[^\s<>]*[_\\/@][^\s<>]*")
MARK = re.compile(r"[_\\/@<{]")
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
SKIPPED = STOP_WORDS | INSTRUCTION_WORDS
DEFAULT = ("everyday life", "ordinary work", "common practice")


def ends(text: str, chars: int = READ_CHARS) -> str:
    """The text, or both its ends where it is long."""
    return text if len(text) <= 2 * chars else f"{text[:chars]}\n{text[-chars:]}"


def topics(text: str) -> tuple[str, ...]:
    """Phrases of up to three content words, the most frequent and then the earliest first; up to 24.

    Markup, addresses, numbers, stop words and the words of instructions ("write", "JSON", "label") are left
    out. Where nothing is left, some general topics.
    """
    text = ends(text)
    counts = Counter(_phrases(NOT_WORDS.sub(" . ", text) if MARK.search(text) else text))
    return tuple(phrase for phrase, _ in counts.most_common(MAX_TOPICS)) or DEFAULT


def _phrases(text: str) -> Iterator[str]:
    run: list[str] = []
    end = -1
    for match in WORD.finditer(text):
        word, start = match[0], match.start()
        is_next = start == end + 1 and text[end] == " "
        if run and (not is_next or len(run) == MAX_PHRASE_WORDS):
            yield " ".join(run)
            run = []
        if _is_content(word):
            run.append(_mid_sentence(word, text[max(0, start - 2) : start]))
        elif run:
            yield " ".join(run)
            run = []
        end = match.end()
    if run:
        yield " ".join(run)


def _is_content(word: str) -> bool:
    if word.lower() in SKIPPED or len(word) > MAX_WORD_CHARS:
        return False
    return len(word) > 2 or word.isupper()


def _mid_sentence(word: str, before: str) -> str:
    """The word without the capital that it only has at the start of a sentence, a line or a quotation."""
    is_first = not before.strip() or not before.endswith(" ") or before[0] in ".!?:;"
    return word.lower() if is_first and word[1:].islower() else word
