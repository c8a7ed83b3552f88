"""Questions about a chunk: what is asked for in one call, and what a question must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.llm.asking import Answer
from datagen_core.llm.structured import AnswerSchema
from datagen_core.nothing import EMPTY
from datagen_core.passage_references import passage_reference
from datagen_core.refusal import Refusal
from datagen_core.steering_marks import steering_mark
from datagen_core.words import words
from datagen_plugin_backtranslation.known import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a batch wants of one chunk.

    Attributes:
        rows: How many rows.
        types: A type for each question that is asked for; more than rows, where some are expected to be refused.
        before: Questions about the chunk that were tried in earlier batches.
    """

    chunk: Seed
    rows: int
    types: tuple[str, ...]
    before: tuple[str, ...] = ()

    @property
    def is_code(self) -> bool:
        """Whether it is source code."""
        return self.chunk.row.get("kind") == "code"


MAX_CHARS = 1_000
"""Of a question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its type, and what was asked for it."""

    text: str
    type: str
    params: Mapping[str, Any] = EMPTY


@cache
def questions_schema(most: int, types: tuple[str, ...]) -> AnswerSchema:
    """An object with a list of questions, each of one of the types."""
    question = {
        "type": "object",
        "properties": {"type": {"enum": list(types)}, "question": {"type": "string"}},
        "required": ["type", "question"],
        "additionalProperties": False,
    }
    return AnswerSchema(
        {
            "type": "object",
            "properties": {"questions": {"type": "array", "items": question, "maxItems": most}},
            "required": ["questions"],
            "additionalProperties": False,
        }
    )


def types_in_turn(types: Sequence[str], start: int, n: int) -> tuple[str, ...]:
    """n types, from a place in the round on."""
    return tuple(types[(start + at) % len(types)] for at in range(n))


def sorted_out(
    order: Order, answer: Answer, batch: Known, max_rouge_l: float
) -> Iterator[Question | Refusal]:
    """What an answer holds, in order: questions, and refusals of those that aren't fit. Those kept become known.

    Args:
        batch: The questions of the batch so far.
    """
    before = Known(order.before, max_rouge_l)
    for said in answer.value["questions"]:
        question = Question(" ".join(said["question"].split()), said["type"], answer.params)
        refusal = _unfit(question.text) or _repeated(question.text, (before, batch), max_rouge_l)
        if refusal:
            yield replace(refusal, text=question.text, params=answer.params)
        else:
            batch.add(question.text)
            yield question


def _unfit(question: str) -> Refusal | None:
    if len(question) > MAX_CHARS:
        return Refusal("question_too_long", "characters of a question", len(question), MAX_CHARS)
    if mark := steering_mark(question):
        rule = "a question has no control characters, halves of characters or marks of chat templates"
        return Refusal("unclean_question", rule, repr(mark))
    if not words(question):
        return Refusal("empty_question", "a question has words")
    if phrase := passage_reference(question):
        rule = "a question can be understood without the passage that it was made from"
        return Refusal("refers_to_passage", rule, phrase)
    return None


def _repeated(question: str, known: Sequence[Known], limit: float) -> Refusal | None:
    found = next((one for among in known if (one := among.repeated(question))), None)
    if found is None:
        return None
    rule = f"unlike the questions asked before about the chunk and in the batch: {found.question}"
    return Refusal("question_repeated", rule[:300], found.rouge_l, limit)
