"""One call for texts: what was answered, or why the row that waits for it isn't made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.refusal import AS_ASKED, Refusal


@dataclass(frozen=True, slots=True)
class Fault(Refusal):
    """A rule that texts break; where they were asked for, they may be asked for again."""

    def of(self, answer: Answer) -> Fault:
        """The same with the texts, and with what was asked."""
        return replace(self, text="\n".join(answer.value.values()), params=answer.params)


async def texts_asked_for(
    model: BoundModel, asked: ChatRequest, names: Sequence[str], rule: str = AS_ASKED
) -> Answer | Refusal:
    """Asks for a JSON object of texts with just these names; white space around them is no part of them.

    Args:
        rule: What an answer that can't be read breaks, in words.
    """
    answer = await asked_for(model, asked, texts_schema(tuple(names)), rule)
    if isinstance(answer, Refusal):
        return answer
    texts = {name: answer.value[name].strip() for name in names}
    if empty := next((name for name, text in texts.items() if not text), None):
        return answer.refused("empty_answer", f"{empty} is empty", rule)
    return replace(answer, value=texts)


@cache
def texts_schema(names: tuple[str, ...]) -> AnswerSchema:
    """An object of just these texts; plain enough for every provider's strict mode."""
    return AnswerSchema(
        {
            "type": "object",
            "properties": {name: {"type": "string"} for name in names},
            "required": list(names),
            "additionalProperties": False,
        }
    )
