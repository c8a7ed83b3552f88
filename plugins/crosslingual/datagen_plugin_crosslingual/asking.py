"""One structured call: what was answered, or why the row that waits for it isn't made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Seed
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_core.nothing import EMPTY
from datagen_core.sample import Rejection, Sample

MAX_KEPT_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a row isn't made: `error` where a call failed for good, else what `GenerateRequest.reject` takes."""

    reason: str = ""
    rule: str = ""
    measured: float | str | None = None
    threshold: float | str | None = None
    text: str = ""
    params: Mapping[str, Any] = EMPTY
    error: ModelError | None = None

    def row(self, request: GenerateRequest, parents: Sequence[Sample | Seed]) -> Rejection:
        """The rejection."""
        if self.error is not None:
            return request.failed(self.error, parents=parents, params=self.params)
        return request.reject(
            self.reason,
            self.rule,
            text=self.text[:MAX_KEPT_CHARS],
            measured=self.measured,
            threshold=self.threshold,
            parents=parents,
            params=self.params,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Refusal):
    """A rule that texts break; where they were asked for, they may be asked for again."""

    def of(self, answer: Answer) -> Fault:
        """The same with the texts, and with what was asked."""
        return replace(self, text="\n".join(answer.texts.values()), params=answer.params)


@dataclass(frozen=True, slots=True)
class Answer:
    """Texts by name, as they were asked for; `params` tell what was asked."""

    texts: Mapping[str, str]
    params: Mapping[str, Any]


async def ask(model: BoundModel, asked: ChatRequest, names: Sequence[str], rule: str) -> Answer | Refusal:
    """Asks for a JSON object of texts with just these names; white space around them is no part of them.

    Args:
        rule: What an answer that can't be read breaks, in words.
    """
    params = model.mark(asked)
    try:
        answer = await model.structured(asked, texts_schema(tuple(names)))
    except ModelError as error:
        return Refusal(error=error, params=params)
    parsed = answer.parsed
    if parsed.reason:
        return Refusal(
            reason=parsed.reason, rule=rule, measured=parsed.error, text=answer.text, params=params
        )
    texts = {name: parsed.value[name].strip() for name in names}
    if empty := next((name for name, text in texts.items() if not text), None):
        return Refusal(
            reason="empty_answer", rule=rule, measured=f"{empty} is empty", text=answer.text, params=params
        )
    return Answer(texts, params)


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
