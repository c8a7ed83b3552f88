"""One structured call for a row: what was answered, or why the row isn't made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_core.nothing import EMPTY
from datagen_core.refusal import AS_ASKED, Refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """A value that satisfies the schema, what was asked (as `BoundModel.mark` has it), and the answer's text."""

    value: Any
    params: Mapping[str, Any] = EMPTY
    text: str = ""

    def refused(self, reason: str, measured: str, rule: str = AS_ASKED) -> Refusal:
        """The refusal of an answer that satisfies the schema and won't do all the same."""
        return Refusal(reason, rule, measured, text=self.text, params=self.params)


async def asked_for(
    model: BoundModel, asked: ChatRequest, schema: AnswerSchema, rule: str = AS_ASKED
) -> Answer | Refusal:
    """Asks for JSON. A call that fails for good and an answer that can't be read are refusals; RunPaused passes.

    Args:
        model: At the row (and the try) that the call is for.
        rule: What an answer that can't be read breaks, in words.
    """
    params = model.mark(asked)
    try:
        answer = await model.structured(asked, schema)
    except ModelError as error:
        return Refusal.failed(error, params)
    return answer.refusal(rule, params) or Answer(answer.parsed.value, params, answer.text)
