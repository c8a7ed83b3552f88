from __future__ import annotations

from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.testing import ReplyShapesConformance, make_inputs

PLAN = {"instructions": "Write one question a gardener asks.", "angles": ["a beginner", "in winter"]}


class TestRow(ReplyShapesConformance):
    component = "naive"

    def inputs(self) -> Inputs:
        return make_inputs(domain="gardening", task="questions")

    def is_tested(self, request: Any) -> bool:
        return "angles" not in str(request.json_schema)

    def answer(self, request: Any) -> Any:
        return {"text": "When do I prune the roses in the north bed?"} if self.is_tested(request) else PLAN


class TestPlan(ReplyShapesConformance):
    """Without a plan that can be read, rows are written by the recipe's own words."""

    component = "naive"

    def inputs(self) -> Inputs:
        return make_inputs(domain="gardening", task="questions")

    def is_tested(self, request: Any) -> bool:
        return "angles" in str(request.json_schema)

    def answer(self, request: Any) -> Any:
        return PLAN if self.is_tested(request) else {"text": "When do I prune the roses in the north bed?"}

    def fits(self, shape: Any) -> tuple[str, ...]:
        return ("accepted",)
