"""Where the answer of a question stands in its chunk: pointed to by a quote that has to be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.llm.asking import Answer
from datagen_core.llm.structured import AnswerSchema
from datagen_core.nothing import EMPTY
from datagen_core.quoting import find_quote
from datagen_core.refusal import Refusal
from datagen_core.words import words

QUOTE = AnswerSchema(
    {
        "type": "object",
        "properties": {"quote": {"type": "string", "description": "copied from the passage"}},
        "required": ["quote"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True, slots=True)
class Span:
    """The answer `chunk.text[start:end]`, and what was asked for it."""

    start: int
    end: int
    params: Mapping[str, Any] = EMPTY


def span_of(answer: Answer, chunk: Seed, *, max_chars: int) -> Span | Refusal:
    """Where the words of an answer stand in a chunk; a refusal where they don't, or won't do.

    Reasons: `not_answerable`, `answer_not_literal`, `answer_too_long`, `answered_by_title`.
    """
    quote = answer.value["quote"]
    if not quote.strip():
        return answer.refused("not_answerable", "no answer", "the chunk alone answers the question")
    found = find_quote(quote, chunk.text)
    if found is None:
        rule = "the answer stands in the chunk, character by character but for white space"
        return answer.refused("answer_not_literal", quote[:200], rule)
    start, end = found
    if end - start > max_chars:
        rule = "an answer has at most max_answer_chars characters"
        return Refusal("answer_too_long", rule, end - start, max_chars, quote, answer.params)
    if _is_in_one(chunk.text[start:end], [str(chunk.row.get("title", "")), *chunk.row.get("headings", ())]):
        rule = "the answer is more than words of the title or a heading"
        return answer.refused("answered_by_title", quote[:200], rule)
    return Span(start, end, answer.params)


def _is_in_one(answer: str, titles: Sequence[str]) -> bool:
    wanted = f" {' '.join(words(answer))} "
    return any(wanted in f" {' '.join(words(title))} " for title in titles)
