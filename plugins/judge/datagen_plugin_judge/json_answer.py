"""Scores out of JSON: one with its reason, or one with its reason for each dimension."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import Choice
from datagen_plugin_judge.grade import Grade, graded, unread
from datagen_plugin_judge.rubric import Dimension
from datagen_plugin_judge.scale import Scale

WHOLE = re.compile(r"""\b(score|first|second)["']?\s*:\s*(-?\d*\.?\d+)(?=\s*(?:\}|,(?!\s*\d)))""")
"""A number that stands whole, before a brace or the next key: repair would make 0.0 of an answer cut off at `0.`, and
4 of `4/10`."""


class JsonAnswer:
    """What is asked for, and how it is read.

    Args:
        dimensions: One: `{"reason", "score"}`. Several: such an object under each one's name.
        reasons: `before` or `after` the score.
    """

    def __init__(self, dimensions: Sequence[Dimension], scale: Scale, reasons: str) -> None:
        self._names, self._scale = [one.name for one in dimensions], scale
        self.schema = AnswerSchema(_schema(self._names, scale, reasons, is_bounded=not scale.is_unit))
        self._loose = AnswerSchema(_schema(self._names, scale, reasons, is_bounded=False))

    def grades(self, answer: StructuredAnswer) -> Mapping[str, Grade]:
        """A grade for each dimension; none of them where the answer can't be read as a whole."""
        parsed = answer.parsed
        if parsed.reason == "schema_violation":  # a score off the scale is told from one that can't be read
            parsed = self._loose.parse(Choice(text=answer.text))
        if parsed.reason:
            return dict.fromkeys(self._names, unread(answer.parsed.error))
        objects = [parsed.value[name] for name in self._names] if len(self._names) > 1 else [parsed.value]
        if "json_repair" in parsed.repairs and not are_whole(
            answer.text, [("score", one["score"]) for one in objects]
        ):
            broken = "the JSON is broken where the score stands"
            return dict.fromkeys(self._names, unread(broken))
        return {
            name: graded(one["score"], one["reason"], self._scale)
            for name, one in zip(self._names, objects, strict=True)
        }


def _schema(names: Sequence[str], scale: Scale, reasons: str, *, is_bounded: bool) -> dict[str, Any]:
    ends = f"from {scale.low:g} to {scale.high:g}"
    reason = {"type": "string", "description": "the criteria, one after the other"}
    score: dict[str, Any] = {"type": "number", "description": ends}
    if is_bounded:
        score |= {"minimum": scale.low, "maximum": scale.high}
        score["type"] = "integer" if scale.is_whole else "number"
    parts = {"reason": reason, "score": score} if reasons == "before" else {"score": score, "reason": reason}
    one = _object(parts)
    return one if len(names) == 1 else _object(dict.fromkeys(names, one))


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def are_whole(text: str, numbers: Sequence[tuple[str, float]]) -> bool:
    """Whether the numbers that were read after repair, each under its key, stand whole in the text and no others do."""
    return [(key, float(found)) for key, found in WHOLE.findall(text)] == list(numbers)
