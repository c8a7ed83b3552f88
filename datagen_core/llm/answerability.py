"""Whether passages answer a question: what a model says, and where the quotes stand by which it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from datagen_core.llm.asking import asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.row_judge import mark_around
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.quoting import find_quote
from datagen_core.refusal import Refusal

DEGREES: Mapping[str, float] = {"yes": 1.0, "partly": 0.5, "no": 0.0}
MAX_QUOTES = 20
_SCHEMA = AnswerSchema(
    {
        "type": "object",
        "properties": {
            "quotes": {
                "type": "array",
                "items": {"type": "string", "description": "a quote, copied from a passage"},
                "maxItems": MAX_QUOTES,
            },
            "answerable": {"enum": list(DEGREES)},
        },
        "required": ["quotes", "answerable"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True, slots=True)
class Answerability:
    """What came of asking.

    Attributes:
        degree: `yes`, `partly` or `no`.
        quotes: The sentences that answer the question, as the model copied them.
        strange: Those of them that stand in no passage literally.
        params: What was asked: model, prompt hash, sampling.
    """

    degree: str
    quotes: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    params: Mapping[str, Any] = EMPTY

    @property
    def is_proven(self) -> bool:
        """Whether there are quotes, and each of them stands in a passage."""
        return bool(self.quotes) and not self.strange


async def answerability(
    model: BoundModel,
    *,
    question: str,
    passages: Sequence[str],
    prompt: Prompt | None = None,
    temperature: float | None = 0.0,
    max_tokens: int = 1_024,
) -> Answerability | Refusal:
    """Asks a model whether passages alone answer a question.

    Args:
        model: At the row (and the try) that it is about.
        prompt: One with the variables of the packaged one, in its place.
    """
    request = asked(question, passages, prompt, temperature=temperature, max_tokens=max_tokens)
    answer = await asked_for(model, request, _SCHEMA)
    if isinstance(answer, Refusal):
        return answer
    quotes = tuple(answer.value["quotes"])
    strange = tuple(q for q in quotes if not any(find_quote(q, passage) for passage in passages))
    return Answerability(answer.value["answerable"], quotes, strange, answer.params)


def asked(
    question: str,
    passages: Sequence[str],
    prompt: Prompt | None = None,
    *,
    temperature: float | None = 0.0,
    max_tokens: int = 1_024,
) -> ChatRequest:
    """The request that `answerability` sends."""
    mark = mark_around(repr((question, passages)))
    messages = (prompt or own_prompt()).messages(question=question, passages=list(passages), mark=mark)
    return ChatRequest(messages=messages, max_tokens=max_tokens, temperature=temperature)


def own_prompt(override: str | None = None, *, where: str = "") -> Prompt:
    """The packaged prompt, or a recipe's own with the same variables; `where` is its recipe path."""
    return Prompt.from_package("datagen_core", "answerable", override=override, where=where)


def digest_part() -> bytes:
    """The packaged prompt: part of the digest of what asks."""
    return (resources.files("datagen_core") / "prompts" / "answerable.j2").read_bytes()
