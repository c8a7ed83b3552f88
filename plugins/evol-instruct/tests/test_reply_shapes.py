"""What models answer in practice, for each kind of call that the arms make."""

from __future__ import annotations

from typing import Any

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import ReplyShapesConformance, make_inputs
from datagen_core.testing.reply_shapes import ReplyShape

EVOLVED = {"prompt": "Explain the tides, and why there are two of them a day."}
DIFFERENT = {"requirements": "different", "depth_and_breadth": "different"}
ANSWER = "The moon pulls the water on the near side, and the far side lags behind."


def kind(request: Any) -> str:
    keys = (request.json_schema or {}).get("properties", {})
    return next(iter(keys), "")


class Instructions(ReplyShapesConformance):
    __test__ = False
    options = {"rounds": 1}
    tested = ""

    def is_tested(self, request: Any) -> bool:
        return kind(request) == self.tested

    def answer(self, request: Any) -> Any:
        return {"prompt": EVOLVED, "requirements": DIFFERENT}.get(kind(request), ANSWER)


class TestEvolving(Instructions):
    __test__ = True
    component = "evol-instruct"
    tested = "prompt"


class TestJudging(Instructions):
    """Whatever the judge's answer is, one that can't be read isn't a verdict."""

    __test__ = True
    component = "evol-instruct"
    tested = "requirements"

    def another(self, good: Any) -> Any:
        return {"requirements": "equal", "depth_and_breadth": "different"}

    def fits(self, shape: ReplyShape) -> tuple[str, ...]:
        ways = super().fits(shape)
        return tuple(dict.fromkeys(way if way == "accepted" else "judge_unparsed" for way in ways))


class TestAnswering(Instructions):
    """An answer is any text that isn't empty, cut, filtered or a short apology with the paper's word: refusals in other
    words are left to `refusal_words` and to validators."""

    __test__ = True
    component = "evol-instruct"
    tested = ""
    least = 25
    expected = {
        **dict.fromkeys(("empty", "blank"), "response_empty"),
        **dict.fromkeys(("refusal", "apology"), "response_refusal"),
        "filtered": "refused",
        "cut by length": "truncated_answer",
    }

    def fits(self, shape: ReplyShape) -> tuple[str, ...]:
        return super().fits(shape) or ("accepted",)


class TestResponses(ReplyShapesConformance):
    component = "evol-response"

    def inputs(self) -> Inputs:
        row = {"instruction": "Explain the tides.", "output": "The moon does it."}
        return make_inputs([Seed(id="s0", text="Explain the tides.", row=row)])

    def answer(self, request: Any) -> Any:
        return {"response": ANSWER}
