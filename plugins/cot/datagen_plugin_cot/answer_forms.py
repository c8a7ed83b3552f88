"""The JSON that models are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.llm.structured import AnswerSchema

_STEP = {"step": {"type": "string", "description": "one sentence"}}
_QUOTE = {
    "quote": {"type": "string", "description": "words of the passage, copied, that hold its fact; else empty"}
}


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with just these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def steps(*, with_quotes: bool) -> dict[str, Any]:
    """The schema of a list of steps. How many there may be is no part of it: what is wrong is told in words."""
    return {"type": "array", "items": closed({**_STEP, **(_QUOTE if with_quotes else {})})}


def of_classes(classes: Sequence[str]) -> AnswerSchema:
    """An answer that is one of several classes."""
    return AnswerSchema(closed({"answer": {"type": "string", "enum": list(classes)}}))


TEXT = {"type": "string"}
DIRECT = AnswerSchema(closed({"question": TEXT, "steps": steps(with_quotes=True), "answer": TEXT}))
ENHANCE = AnswerSchema(closed({"steps": steps(with_quotes=False)}))
ENHANCE_WITH_PASSAGE = AnswerSchema(closed({"steps": steps(with_quotes=True)}))
SUPPORT = AnswerSchema(closed({"answer_is_supported": {"type": "boolean"}}))
SAME = AnswerSchema(closed({"answer_is_correct": {"type": "boolean"}}))
ANSWER = AnswerSchema(
    closed({"answer": {"type": "string", "description": "the answer alone, in a few words"}})
)
