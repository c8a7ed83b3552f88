from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import ReplyShapesConformance, make_inputs

STYLES = {"formal": 9, "casual": 1, "neutral, without any marked style": 0}
KINDS: Mapping[str, tuple[str, Any]] = {
    "You paraphrase": ("paraphrase", {"input": "Which rivers, 3 of them, can you tell me?"}),
    "You rewrite": ("style", {"input": "Kindly enumerate 3 watercourses."}),
    "You carry": ("transfer", {"input": "Which gliders fly farthest?"}),
    "You compare": ("entailment", {"second_supported_by_first": True, "first_supported_by_second": True}),
    "You rate": ("scores", STYLES),
    "Somebody carried": (
        "compare",
        {
            "task_is_faithful": True,
            "difficulty_is_faithful": True,
            "domain_is_correct": True,
            "source_words": [],
        },
    ),
    "You classify": ("label", {"label": "lists"}),
    "You write the response": ("respond", {"response": "Those with the longest wings."}),
}


def of(request: Any) -> tuple[str, Any]:
    said = request.messages[0].content
    return next(found for begins, found in KINDS.items() if said.startswith(begins))


class Calls(ReplyShapesConformance):
    tested: ClassVar[str]

    def inputs(self) -> Inputs:
        row = {"instruction": "Name 3 rivers.", "output": "Rhine, Nile, Po"}
        return make_inputs([Seed(id="s", text="q", label="lists", row=row)], labels=("lists", "facts"))

    def is_tested(self, request: Any) -> bool:
        return of(request)[0] == self.tested

    def answer(self, request: Any) -> Any:
        return of(request)[1]


class Judges(Calls):
    """Whatever is wrong with a judge's answer, it passes nothing."""

    def fits(self, shape: Any) -> tuple[str, ...]:
        if shape.expected == ("accepted",):
            return shape.expected
        return ("accepted", "judge_unparsed") if "accepted" in shape.expected else ("judge_unparsed",)


class TestParaphrasing(Calls):
    component = "paraphrase"
    tested = "paraphrase"


class TestEntailment(Judges):
    component = "paraphrase"
    tested = "entailment"

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return dict.fromkeys(good, False)


class TestStyling(Calls):
    component = "style"
    tested = "style"


class TestStyleScores(Judges):
    component = "style"
    tested = "scores"

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**good, "casual": 2}


class TestTransferring(Calls):
    component = "domain-transfer"
    options = {"target_domains": ["aviation"]}
    tested = "transfer"


class TestComparing(Judges):
    component = "domain-transfer"
    options = {"target_domains": ["aviation"]}
    tested = "compare"

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**good, "source_words": ["rivers"]}


class TestLabelling(Judges):
    component = "domain-transfer"
    options = {"target_domains": ["aviation"]}
    tested = "label"

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"label": "facts"}


class TestResponding(Calls):
    component = "domain-transfer"
    options = {"target_domains": ["aviation"]}
    tested = "respond"


del Calls, Judges
