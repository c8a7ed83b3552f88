"""Ratings by UltraFeedback's aspects (arXiv 2310.01377), here with one call for each candidate."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_plugin_preference.asked import Asked
from datagen_plugin_preference.config import PreferenceConfig
from datagen_plugin_preference.judging import Answer, Judge, Judgement, Rating, answered

LOWEST, HIGHEST = 1, 10
MAX_KEPT_CHARS = 400


class RatingJudge(Judge):
    """Whole numbers from 1 to 10, after the reasons; the mean is a candidate's score."""

    def __init__(self, config: PreferenceConfig, prompt: Prompt) -> None:
        super().__init__(config, prompt)
        score = {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST}
        self._schema = AnswerSchema(
            {
                "type": "object",
                "properties": {"rationale": {"type": "string"}, **dict.fromkeys(self._aspects, score)},
                "required": ["rationale", *self._aspects],
                "additionalProperties": False,
            }
        )

    async def judged(
        self, model: BoundModel, row: int, attempt: int, asked: Asked, texts: Sequence[str]
    ) -> Judgement:
        """See `Judge`. A score beyond the scale is asked for again, and then unread."""
        conversation = asked.to_json()
        work = [
            answered(
                model.at(row=row, attempt=attempt + at),
                self.request(conversation=conversation, response=text, lowest=LOWEST, highest=HIGHEST),
                self._schema,
            )
            for at, text in enumerate(texts)
        ]
        answers = [answer async for answer in in_order(work)]
        return Judgement(
            ratings=[self._rating(answer) for answer in answers],
            answers=answers,
            notes={"aspects": list(self._aspects), "unread": sum(bool(answer.unread) for answer in answers)},
        )

    def n_calls(self, candidates: int) -> int:
        """One each."""
        return candidates

    def _rating(self, answer: Answer) -> Rating:
        if answer.value is None:
            return Rating(unread=answer.unread)
        scores = {name: int(answer.value[name]) for name in self._aspects}
        return Rating(
            overall=round(fmean(scores.values()), 4),
            scores=scores,
            rationale=answer.value["rationale"][:MAX_KEPT_CHARS],
        )
