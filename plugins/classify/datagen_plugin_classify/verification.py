"""The blind classification of a text: all labels, shuffled, and no word about which one it was written for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.llm.asking import Answer
from datagen_core.llm.structured import AnswerSchema
from datagen_plugin_classify.labels import Label
from datagen_plugin_classify.schemas import closed

RULE = "a classification that can be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """The label that a text was given, and how sure the model says it is: from 0 to 1, None where it lies outside."""

    label: str
    confidence: float | None
    params: Mapping[str, Any]


def schema_of(labels: Mapping[str, Label]) -> AnswerSchema:
    """One of the labels, in the recipe's order whatever the text, and a confidence."""
    return AnswerSchema(
        closed(
            {
                "label": {"type": "string", "enum": [label.shown for label in labels.values()]},
                "confidence": {"type": "number", "description": "from 0 to 1"},
            }
        )
    )


def read(answer: Answer, labels: Mapping[str, Label]) -> Classified:
    """What the answer says, by the recipe's names."""
    names = {label.shown: name for name, label in labels.items()}
    sure = answer.value["confidence"]
    return Classified(
        label=names[answer.value["label"]],
        confidence=float(sure) if 0 <= sure <= 1 else None,
        params=answer.params,
    )
