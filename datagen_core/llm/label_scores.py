"""How far a text has each of several labels, by a model; what it has is told by the margin over the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from datagen_core.llm.asking import asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal

HIGHEST = 10
_TOKENS_PER_LABEL = 40


@dataclass(frozen=True, slots=True)
class LabelScores:
    """What came of asking.

    Attributes:
        scores: Label → 0 to 10, for every label; empty where the answer couldn't be read.
        reason: "" or why there are none: a code of `Parsed`, or `model_<kind>` where the call failed.
        params: What was asked: model, prompt hash, sampling.
    """

    scores: Mapping[str, int]
    reason: str = ""
    params: Mapping[str, Any] = EMPTY

    def margin(self, label: str) -> float | None:
        """Its score less the highest of the others, in [−10, 10]; None where there are no scores."""
        others = [score for other, score in self.scores.items() if other != label]
        return self.scores[label] - max(others, default=0) if self.scores else None


async def label_scores(
    model: BoundModel, *, text: str, question: str, labels: Sequence[str], max_tokens: int | None = None
) -> LabelScores:
    """Asks a model, at temperature 0, how far a text has each label.

    Args:
        model: At the row (and the try) that is judged.
        question: What the labels are: `style`, `tone`, `the language that it is written in` …
        labels: At least two, in the order in which they are shown.
    """
    asked = ChatRequest(
        messages=_prompt().messages(question=question, labels=list(labels), text=text),
        max_tokens=max_tokens or 100 + _TOKENS_PER_LABEL * len(labels),
        temperature=0.0,
    )
    answer = await asked_for(model, asked, _schema(tuple(labels)))
    if isinstance(answer, Refusal):
        return LabelScores(EMPTY, answer.reason, answer.params)
    return LabelScores({label: answer.value[label] for label in labels}, params=answer.params)


def digest_part() -> bytes:
    """The packaged prompt: part of the digest of what asks."""
    return (resources.files("datagen_core") / "prompts" / "label_scores.j2").read_bytes()


def _prompt() -> Prompt:
    return Prompt.from_package("datagen_core", "label_scores")


@cache
def _schema(labels: tuple[str, ...]) -> AnswerSchema:
    score = {"type": "integer", "minimum": 0, "maximum": HIGHEST}
    return AnswerSchema(
        {
            "type": "object",
            "properties": dict.fromkeys(labels, score),
            "required": list(labels),
            "additionalProperties": False,
        }
    )
