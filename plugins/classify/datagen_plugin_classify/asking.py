"""One structured call: what was answered, or why the row that waits for it isn't made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_core.nothing import EMPTY

MAX_KEPT_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a row isn't made: `error` where a call failed for good, else what `GenerateRequest.reject` takes."""

    reason: str = ""
    rule: str = ""
    measured: str | None = None
    threshold: str | None = None
    text: str = ""
    params: Mapping[str, Any] = EMPTY
    error: ModelError | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A value that satisfies the schema; `params` tell what was asked."""

    value: Any
    params: Mapping[str, Any]


async def ask(model: BoundModel, asked: ChatRequest, schema: AnswerSchema, rule: str) -> Answer | Refusal:
    """Asks for JSON.

    Args:
        rule: What an answer that can't be read breaks, in words.
    """
    params = model.mark(asked)
    try:
        answer = await model.structured(asked, schema)
    except ModelError as error:
        return Refusal(error=error, params=params)
    parsed = answer.parsed
    if not parsed.reason:
        return Answer(parsed.value, params)
    text = answer.text[:MAX_KEPT_CHARS]
    return Refusal(reason=parsed.reason, rule=rule, measured=parsed.error, text=text, params=params)


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of an object with just these properties; plain enough for every provider's strict mode."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
