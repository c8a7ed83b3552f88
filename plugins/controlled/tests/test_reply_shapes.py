from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.testing import ReplyShapesConformance, make_inputs

SHORT, FITTING = "A short note.", "The parcel with your kettle left our store this morning at nine."


def kind_of(request: Any) -> str:
    said = request.messages[0].content
    return "judge" if said.startswith("You rate") else "repair" if said.startswith("You revise") else "write"


class Calls(ReplyShapesConformance):
    component = "controlled"
    kind_tested = ""

    def inputs(self) -> Inputs:
        return make_inputs(domain="shop")

    def is_tested(self, request: Any) -> bool:
        return kind_of(request) == self.kind_tested

    def answer(self, request: Any) -> Any:
        if kind_of(request) == "judge":
            return {"friendly": 9, "stern": 1}
        return {
            "text": FITTING if kind_of(request) == self.kind_tested or self.kind_tested != "repair" else SHORT
        }


class TestWriting(Calls):
    kind_tested = "write"
    options = {"constraints": {"length": {"min_words": 5}}}


class TestRepairing(Calls):
    kind_tested = "repair"
    options = {"constraints": {"length": {"min_words": 5}}}


class TestPairs(Calls):
    kind_tested = "write"
    options = {"constraints": {"length": {"min_words": 5}}, "output": "pair"}

    def answer(self, request: Any) -> Any:
        return {"input": "Where is my kettle?", "response": FITTING}


class TestJudging(Calls):
    """A judge that can't be read is a constraint unmet, whatever is wrong with its answer."""

    kind_tested = "judge"
    options = {"constraints": {"tone": "friendly"}, "alternatives": {"tone": ["stern"]}}

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {label: points - 1 for label, points in good.items()}

    def fits(self, shape: Any) -> tuple[str, ...]:
        readable = "accepted" in shape.expected
        return (
            ("accepted", *(["constraints_unmet"] if shape.expected != ("accepted",) else []))
            if readable
            else ("constraints_unmet",)
        )


del Calls
