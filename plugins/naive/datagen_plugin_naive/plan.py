"""The plan: the prompt for one row and the angles that rows rotate through, made by the model from the recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError

MAX_TOKENS = 4096
"""Of a plan: 250 words of instructions and 20 angles are about 700; other scripts and thinking take more."""

ANGLES = (
    "the most ordinary case there is",
    "a rare case that does occur",
    "seen by someone new to the subject",
    "seen by someone who knows it well",
    "one concrete detail that others overlook",
    "under time pressure or other strain",
    "a comparison with something close to it",
    "a cause and what follows from it",
    "something changed from what it used to be",
    "short and plain",
    "rich in detail",
    "a borderline case that is still clear",
)
"""What rows rotate through when there is no plan."""

ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "instructions": {"type": "string", "minLength": 1, "description": "the prompt for one row"},
        "angles": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 4,
            "maxItems": 40,
            "description": "8 to 20 short phrases",
        },
    },
    "required": ["instructions", "angles"],
    "additionalProperties": False,
}
"""Wider than what is asked for: 7 or 21 angles aren't worth another call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What every row of a run is told. `instructions` are empty where the recipe's own words must do."""

    instructions: str = ""
    angles: tuple[str, ...] = ANGLES

    @property
    def is_made(self) -> bool:
        """Whether a model made it."""
        return bool(self.instructions)

    def angle(self, turn: int) -> str:
        """The angle whose turn it is."""
        return self.angles[turn % len(self.angles)]


async def make_plan(model: BoundModel, request: ChatRequest, schema: AnswerSchema) -> Plan:
    """Asks for the plan; where the call fails or its answer can't be read, the built-in one."""
    try:
        answer = await model.structured(request, schema)
    except ModelError:
        return Plan()
    if answer.parsed.reason:
        return Plan()
    instructions = answer.parsed.value["instructions"].strip()
    angles = dict.fromkeys(angle.strip() for angle in answer.parsed.value["angles"] if angle.strip())
    return Plan(instructions=instructions, angles=tuple(angles)) if instructions and angles else Plan()
