from __future__ import annotations

from typing import Any, ClassVar

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import ReplyShapesConformance, make_inputs

TEXT = "The pump moves 40 litres a minute. The tank holds 600 litres."
STEPS = ("The tank takes 600 litres.", "At 40 litres a minute that is 600 / 40 = 15 minutes.")
QUOTES = ("The tank holds 600 litres.", "40 litres a minute")
QUESTION = "How long does the pump need to fill the empty tank?"
WRITTEN = {
    "question": QUESTION,
    "steps": [{"step": step, "quote": quote} for step, quote in zip(STEPS, QUOTES, strict=True)],
    "answer": "a quarter of an hour",
}
GOOD: dict[str, tuple[str, Any]] = {
    "You write one question": ("direct", WRITTEN),
    "You write the steps": ("enhance", {"steps": [{"step": step} for step in STEPS]}),
    "You check whether reasoning": ("support", {"answer_is_supported": True}),
    "You draw a conclusion": ("reanswer", {"answer": "15 minutes"}),
    "You compare an answer": ("same", {"answer_is_correct": True}),
}


def of(request: Any) -> tuple[str, Any]:
    said = request.messages[0].content
    return next(found for begins, found in GOOD.items() if said.startswith(begins))


class Calls(ReplyShapesConformance):
    tested: ClassVar[str]
    reason: ClassVar[str] = "judge_unparsed"

    def inputs(self) -> Inputs:
        row = {"question": QUESTION, "answer": "a quarter of an hour"}
        told = {"document": "pumps.md", "start": 0, "tokens": 20}
        return make_inputs(
            [Seed(id="s", text=QUESTION, row=row)], chunks=(Seed(id="c", text=TEXT, row=told),)
        )

    def is_tested(self, request: Any) -> bool:
        return of(request)[0] == self.tested

    def answer(self, request: Any) -> Any:
        return of(request)[1]

    def fits(self, shape: Any) -> tuple[str, ...]:
        """Whatever is wrong with an answer has one reason, and the reader's is its measure."""
        if shape.expected == ("accepted",):
            return shape.expected
        return ("accepted", self.reason) if "accepted" in shape.expected else (self.reason,)


class TestDirect(Calls):
    component = "cot"
    tested = "direct"
    reason = "rationale_unparsed"


class TestEnhance(Calls):
    component = "cot-enhance"
    tested = "enhance"
    reason = "rationale_unparsed"

    def another(self, good: Any) -> Any:
        return {"steps": [*good["steps"], {"step": "So it is full then."}]}


class TestSupport(Calls):
    component = "cot-enhance"
    tested = "support"

    def another(self, good: Any) -> Any:
        return {"answer_is_supported": False}


class TestReanswer(Calls):
    component = "cot"
    tested = "reanswer"


class TestSame(Calls):
    component = "cot"
    tested = "same"

    def another(self, good: Any) -> Any:
        return {"answer_is_correct": False}


del Calls
