"""Definitions: what each label means, what belongs to it and what doesn't, written by the model before any text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.llm.asking import Answer
from datagen_core.llm.structured import AnswerSchema
from datagen_core.refusal import Refusal
from datagen_plugin_classify.labels import Label
from datagen_plugin_classify.schemas import closed

BASE_TOKENS, TOKENS_PER_LABEL = 500, 300
RULE = "definitions of all labels that can be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a label means; `includes` and `excludes` are cues for what belongs to it and what doesn't."""

    text: str
    includes: tuple[str, ...]
    excludes: tuple[str, ...]


def key(place: int) -> str:
    """The name of a label in the answer: its number, for names may be of any script and length."""
    return f"label_{place + 1}"


def schema_of(labels: Sequence[Label]) -> AnswerSchema:
    """An object with a definition for each label."""
    cues = {"type": "array", "items": {"type": "string"}}
    parts = {
        "definition": {"type": "string", "description": "one or two sentences"},
        "includes": {**cues, "description": "2 to 4 short cues that a text belongs to the label"},
        "excludes": {**cues, "description": "2 to 4 short cues that it belongs to another, and to which"},
    }
    return AnswerSchema(
        closed({key(at): {**closed(parts), "description": label.shown} for at, label in enumerate(labels)})
    )


def read(answer: Answer, labels: Sequence[Label]) -> dict[str, Definition] | Refusal:
    """Label → its definition; none may be blank."""
    found = {label.name: _definition(answer.value[key(at)]) for at, label in enumerate(labels)}
    blank = next((name for name, definition in found.items() if not definition.text), None)
    if blank is not None:
        return Refusal(
            reason="empty_answer", rule=RULE, measured=f"no definition of {blank}", params=answer.params
        )
    return found


def _definition(value: Mapping[str, Any]) -> Definition:
    includes, excludes = (
        tuple(cue.strip() for cue in value[name] if cue.strip()) for name in ("includes", "excludes")
    )
    return Definition(text=value["definition"].strip(), includes=includes, excludes=excludes)
