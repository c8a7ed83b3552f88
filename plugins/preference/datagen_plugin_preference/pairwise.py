"""Each two candidates compared in both orders: a verdict that turns with the order is a tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_plugin_preference.asked import Asked
from datagen_plugin_preference.config import PreferenceConfig
from datagen_plugin_preference.judging import Answer, Judge, Judgement, Rating, answered

EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two candidates by number, and who is better: by the answer of each order, None where unread or equal."""

    first: int
    second: int
    answers: tuple[Answer, Answer]

    @property
    def is_read(self) -> bool:
        """Whether both orders have a verdict."""
        return not any(answer.unread for answer in self.answers)

    def verdicts(self) -> list[int | None]:
        """The better one in each order."""
        orders = ((self.first, self.second), (self.second, self.first))
        return [
            {"first": shown[0], "second": shown[1]}.get(answer.value["better"])
            for shown, answer in zip(orders, self.answers, strict=True)
        ]

    def points(self, candidate: int) -> str:
        """`wins`, `losses` or `ties` for one of the two."""
        there, back = self.verdicts()
        if there is None or there != back:
            return "ties"
        return "wins" if there == candidate else "losses"


class PairwiseJudge(Judge):
    """The share of comparisons won, ties as a half, is a candidate's score."""

    def __init__(self, config: PreferenceConfig, prompt: Prompt) -> None:
        super().__init__(config, prompt)
        self._schema = AnswerSchema(
            {
                "type": "object",
                "properties": {
                    "rationale": {"type": "string"},
                    "better": {"enum": ["first", "second", EQUAL]},
                },
                "required": ["rationale", "better"],
                "additionalProperties": False,
            }
        )

    async def judged(
        self, model: BoundModel, row: int, attempt: int, asked: Asked, texts: Sequence[str]
    ) -> Judgement:
        """See `Judge`. A comparison with an order that can't be read counts for neither."""
        conversation = asked.to_json()
        pairs = list(combinations(range(len(texts)), 2))
        orders = [order for one, other in pairs for order in ((one, other), (other, one))]
        work = [
            answered(
                model.at(row=row, attempt=attempt + at),
                self.request(conversation=conversation, first=texts[first], second=texts[second]),
                self._schema,
            )
            for at, (first, second) in enumerate(orders)
        ]
        answers = [answer async for answer in in_order(work)]
        found = [
            Comparison(one, other, (answers[2 * at], answers[2 * at + 1]))
            for at, (one, other) in enumerate(pairs)
        ]
        read = [one for one in found if one.is_read]
        return Judgement(
            ratings=[_rating(candidate, found) for candidate in range(len(texts))],
            answers=answers,
            notes={
                "comparisons": len(found),
                "inconsistent": sum(len(set(one.verdicts())) > 1 for one in read),
                "unread": len(found) - len(read),
            },
        )

    def n_calls(self, candidates: int) -> int:
        """Two for each two."""
        return candidates * (candidates - 1)


def _rating(candidate: int, found: Sequence[Comparison]) -> Rating:
    own = [one for one in found if candidate in (one.first, one.second)]
    points = [one.points(candidate) for one in own if one.is_read]
    if not points:
        return Rating(unread=next(answer.unread for one in own for answer in one.answers if answer.unread))
    scores = {name: points.count(name) for name in ("wins", "ties", "losses")}
    return Rating(overall=round((scores["wins"] + scores["ties"] / 2) / len(points), 4), scores=scores)
