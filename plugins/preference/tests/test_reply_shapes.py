from __future__ import annotations

from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.testing import ReplyShapesConformance, make_inputs
from datagen_core.testing.reply_shapes import ACCEPTED, ASIDES, ReplyShape

GOOD = "Sunlight scatters in the air, and blue light most of all."
OTHER = "Nobody knows."
ASPECTS = ("helpfulness", "honesty", "instruction_following", "truthfulness")


def rated(score: int) -> dict[str, Any]:
    return {"rationale": f"It is worth {score}.", **dict.fromkeys(ASPECTS, score)}


class Shapes(ReplyShapesConformance):
    component = "preference"
    options = {"candidates": 2, "temperatures": [0.1, 0.9]}

    def inputs(self) -> Inputs:
        return make_inputs(["Why is the sky blue?"])

    def candidate(self, request: Any) -> str:
        return GOOD if request.temperature == 0.1 else OTHER


class TestRating(Shapes):
    """Of one of two candidates: without it there is no pair."""

    def is_tested(self, request: Any) -> bool:
        return request.json_schema is not None and GOOD in request.messages[1].content

    def answer(self, request: Any) -> Any:
        if request.json_schema is None:
            return self.candidate(request)
        return rated(9) if GOOD in request.messages[1].content else rated(2)

    def fits(self, shape: ReplyShape) -> tuple[str, ...]:
        return tuple({reason if reason == ACCEPTED else "judge_unparsed" for reason in shape.expected})


class TestComparison(TestRating):
    component = "preference-pairwise"

    def is_tested(self, request: Any) -> bool:
        return request.json_schema is not None and request.messages[1].content.rstrip().endswith(f'"{GOOD}"')

    def answer(self, request: Any) -> Any:
        if request.json_schema is None:
            return self.candidate(request)
        return {"rationale": "It explains.", "better": "second" if self.is_tested(request) else "first"}

    def another(self, good: Any) -> Any:
        return {**good, "rationale": "It is longer."}


class TestCandidate(Shapes):
    """What isn't whole is no candidate; what declines is rejected; all else is an answer, for the judge to rate."""

    least = 25
    expected = {
        "empty": "too_few_candidates",
        "blank": "too_few_candidates",
        "filtered": "too_few_candidates",
        "cut by length": "too_few_candidates",
        **dict.fromkeys(ASIDES, ACCEPTED),
        "thinking tags": ACCEPTED,
        "end-of-turn mark": ACCEPTED,
        "refusal": "chosen_refuses",
        "refusal, policy": "chosen_refuses",
        "refusal, Chinese": "chosen_refuses",
        "refusal, German": "chosen_refuses",
    }

    def is_tested(self, request: Any) -> bool:
        return request.json_schema is None and request.temperature == 0.1

    def answer(self, request: Any) -> Any:
        if request.json_schema is None:
            return self.candidate(request)
        return rated(2 if OTHER in request.messages[1].content else 9)
