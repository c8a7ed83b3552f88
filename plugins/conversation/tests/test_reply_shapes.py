"""What becomes of replies as models give them, for each kind of call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.model import CompletionRequest
from datagen_core.testing import ReplyShapesConformance, make_inputs
from datagen_core.testing.reply_shapes import ASIDES, REFUSALS, ReplyShape

TRANSCRIPT = "[Human] What keeps bread fresh?\n[AI] A paper bag.\n[Human] For how long?\n[AI] Two days."
QUERY = "When do I prune the roses in the north bed?"
ANSWER = "In March, before the buds open."
ITEMS = {"items": ["pruning", "soil"]}
NO_TURN = {
    "empty": "empty_answer",
    "blank": "empty_answer",
    "filtered": "refused",
    "cut by length": "truncated_answer",
}
OFF_ROLE = {**dict.fromkeys(REFUSALS, "off_role"), "promise": "off_role", "only a greeting": "off_role"}
WHAT_USERS_SAY = dict.fromkeys(("clarifying question", "apology"), "accepted")
"""From an assistant these would be asides; a user may well say them."""


class Roses:
    def inputs(self) -> Inputs:
        return make_inputs(domain="roses")


class TestUserTurn(Roses, ReplyShapesConformance):
    component = "conversation-two-model"
    expected = {**NO_TURN, **OFF_ROLE, **WHAT_USERS_SAY, "chatter before": "off_role"}
    options = {"max_rounds": 2, "topics": ["roses"]}
    least = 28

    def is_tested(self, request: Any) -> bool:
        return request.json_schema is None and request.messages[0].role == "system"

    def answer(self, request: Any) -> Any:
        if request.json_schema is not None:
            return ITEMS
        return QUERY if self.is_tested(request) else ANSWER


class TestAssistantTurn(Roses, ReplyShapesConformance):
    """An assistant may decline or ask back: that is what it said."""

    component = "conversation-two-model"
    expected = {**NO_TURN, **dict.fromkeys([*REFUSALS, *ASIDES], "accepted")}
    options = {"max_rounds": 1, "topics": ["roses"]}
    least = 28

    def is_tested(self, request: Any) -> bool:
        return request.json_schema is None

    def answer(self, request: Any) -> Any:
        return ANSWER if self.is_tested(request) else ITEMS


class Branch(Roses, ReplyShapesConformance):
    component = "conversation-two-model"
    options = {"max_rounds": 1}

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"items": ["aphids"]}

    def answer(self, request: Any) -> Any:
        return ANSWER if request.json_schema is None else ITEMS


class TestSubtopics(Branch):
    component = "conversation-two-model"

    def is_tested(self, request: Any) -> bool:
        return request.json_schema is not None and "The subtopic" not in request.messages[1].content


class TestQuestions(Branch):
    component = "conversation-two-model"

    def is_tested(self, request: Any) -> bool:
        return request.json_schema is not None and "The subtopic" in request.messages[1].content


class TestQuery(ReplyShapesConformance):
    component = "conversation-magpie"
    options = {"template": "chatml"}
    expected = {
        **NO_TURN,
        **OFF_ROLE,
        **WHAT_USERS_SAY,
        "chatter before": "off_role",
        "code fence": "empty_answer",
    }
    least = 28

    def is_tested(self, request: Any) -> bool:
        return isinstance(request, CompletionRequest)

    def answer(self, request: Any) -> Any:
        return QUERY if self.is_tested(request) else ANSWER


class TestTags(Roses, ReplyShapesConformance):
    """Without tags that can be read a row has none."""

    component = "conversation-self-chat"
    options = {"tags": True}

    def is_tested(self, request: Any) -> bool:
        return request.json_schema is not None

    def answer(self, request: Any) -> Any:
        tags = {"input_quality": "good", "difficulty": "hard", "task_category": "others", "safety": "safe"}
        return {**tags, "language": "en"} if self.is_tested(request) else TRANSCRIPT

    def fits(self, shape: ReplyShape) -> tuple[str, ...]:
        return ("accepted",)
