from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import ReplyShapesConformance, make_inputs, toy_inputs

PASSAGE = "The moon raises the sea twice a day."
KINDS: Mapping[str, tuple[str, Any]] = {
    "You write questions": (
        "questions",
        {"questions": [{"type": "factual", "question": "What turns sugar into gas?"}]},
    ),
    "You find where": ("answer", {"quote": "a"}),
    "You are given a text": ("instruction", {"instruction": "Ask for jazz."}),
    "You put answers": ("enrich", {"answer": "The moon raises the sea."}),
    "You check an answer": ("support", {"1": {"quote": "The moon raises the sea", "verdict": "supported"}}),
}


def of(request: Any) -> tuple[str, Any]:
    said = request.messages[0].content
    return next(found for begins, found in KINDS.items() if said.startswith(begins))


class Calls(ReplyShapesConformance):
    tested: ClassVar[str]

    def is_tested(self, request: Any) -> bool:
        return of(request)[0] == self.tested

    def answer(self, request: Any) -> Any:
        return of(request)[1]


class OfChunks(Calls):
    component = "backtranslation"

    def inputs(self) -> Inputs:
        inputs = toy_inputs()
        return make_inputs(inputs.seeds, chunks=inputs.chunks[1:2])


class TestAsking(OfChunks):
    tested = "questions"

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"questions": [{"type": "reason", "question": "Why does bread rise?"}]}


class TestPointing(OfChunks):
    tested = "answer"

    def answer(self, request: Any) -> Any:
        return {"quote": "turns sugar into gas"} if self.is_tested(request) else super().answer(request)

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"quote": "Yeast is a fungus"}


class TestInstructing(Calls):
    component = "instruction-backtranslation"
    tested = "instruction"
    expected = {
        name: ("empty_instruction", "not_json", "truncated_answer")
        for name in ("half an object, as if whole", "half an object in a fence")
    }


class OfAnswers(Calls):
    component = "enrich"
    options = {"keep_original": False, "repairs": 0}

    def inputs(self) -> Inputs:
        row = {"question": "What raises the sea?", "answer": "The moon", "passage": PASSAGE}
        return make_inputs([Seed(id="s", text="q", row=row)])


class TestRewriting(OfAnswers):
    tested = "enrich"

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"answer": "The moon raises it."}


class TestJudging(OfAnswers):
    """Whatever is wrong with a judge's answer, it passes nothing."""

    tested = "support"

    def fits(self, shape: Any) -> tuple[str, ...]:
        if shape.expected == ("accepted",) or shape.name == "key in capitals":  # of a number there are none
            return ("accepted",)
        return ("accepted", "judge_unparsed") if "accepted" in shape.expected else ("judge_unparsed",)

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"1": {"quote": "twice a day", "verdict": "supported"}}


del Calls, OfChunks, OfAnswers
