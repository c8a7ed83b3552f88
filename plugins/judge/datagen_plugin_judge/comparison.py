"""Two answers in both orders, and who has won."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from datagen_core.jsontext import dumps
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import Choice
from datagen_plugin_judge.grade import MAX_EVIDENCE_CHARS, Grade, cut, graded, unread
from datagen_plugin_judge.json_answer import are_whole
from datagen_plugin_judge.scale import Scale

SCALE = Scale(1, 10)
REASON_CHARS = (200, 120, 60, 20, 0)


def _schema(*, is_bounded: bool) -> AnswerSchema:
    ends = {"minimum": SCALE.low, "maximum": SCALE.high} if is_bounded else {}
    score = {"type": "number", "description": "from 1 to 10", **ends}
    return AnswerSchema(
        {
            "type": "object",
            "properties": {"reason": {"type": "string"}, "first": score, "second": score},
            "required": ["reason", "first", "second"],
            "additionalProperties": False,
        }
    )


@dataclass(frozen=True, slots=True)
class Order:
    """The scores of one order; `wanted` stood first in the first of the two."""

    wanted: Grade
    other: Grade

    @property
    def fault(self) -> Grade | None:
        """What is missing, if anything is."""
        return next((grade for grade in (self.wanted, self.other) if grade.fault), None)

    @property
    def margin(self) -> float:
        """The wanted one's score less the other's."""
        return (self.wanted.value or 0) - (self.other.value or 0)

    @property
    def points(self) -> float:
        """1 where the wanted one wins, 0.5 in a draw, 0 where it loses."""
        return 1.0 if self.margin > 0 else 0.0 if self.margin < 0 else 0.5


class Scores:
    """What is asked for in each order, and how it is read."""

    def __init__(self) -> None:
        self.schema, self._loose = _schema(is_bounded=True), _schema(is_bounded=False)

    def order(self, answer: StructuredAnswer, *, is_wanted_first: bool) -> Order:
        """The two scores; a score beyond the scale is none."""
        parsed = answer.parsed
        if parsed.reason == "schema_violation":  # a score off the scale is told from one that can't be read
            parsed = self._loose.parse(Choice(text=answer.text))
        if parsed.reason:
            return Order(unread(answer.parsed.error), unread(answer.parsed.error))
        found = [(name, parsed.value[name]) for name in ("first", "second")]
        if "json_repair" in parsed.repairs and not are_whole(answer.text, found):
            broken = unread("the JSON is broken where the scores stand")
            return Order(broken, broken)
        names = ("first", "second") if is_wanted_first else ("second", "first")
        wanted, other = (graded(parsed.value[name], parsed.value["reason"], SCALE) for name in names)
        return Order(wanted, other)


def verdict_of(orders: Sequence[Order]) -> str:
    """`won` or `lost` where both orders say so, `position_biased` where whoever stands in one place wins, else `tie`.

    Each order has both scores.
    """
    points = [order.points for order in orders]
    if len(set(points)) == 1:
        return {1.0: "won", 0.0: "lost"}.get(points[0], "tie")
    return "position_biased" if 0.5 not in points else "tie"


def mean_margin(orders: Sequence[Order]) -> float:
    """Of the orders, in points of the scale."""
    return round(fmean(order.margin for order in orders), 9)


def told(orders: Sequence[Order], origin: dict[str, Any]) -> str:
    """The scores and reasons of both orders as JSON, at most 500 characters; reasons as long as there is room."""
    for most in REASON_CHARS:
        scores = [{"wanted": one.wanted.value, "other": one.other.value} for one in orders]
        reasons = [cut(one.wanted.said, most) for one in orders]
        text = dumps({"orders": scores, **({"reasons": reasons} if most else {}), **origin})
        if len(text) <= MAX_EVIDENCE_CHARS:
            return text
    return dumps({"orders": scores})
