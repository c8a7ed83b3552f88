"""The ways to evolve: each is a prompt file of its name."""

from __future__ import annotations

from typing import Literal, get_args

InstructionOperation = Literal[
    "add_constraints", "deepen", "concretize", "increase_reasoning", "complicate_input", "mutate"
]
ResponseOperation = Literal["helpfulness", "relevance", "depth", "creativity", "detail"]

INSTRUCTION_OPERATIONS: tuple[InstructionOperation, ...] = get_args(InstructionOperation)
RESPONSE_OPERATIONS: tuple[ResponseOperation, ...] = get_args(ResponseOperation)

IN_BREADTH = "mutate"
"""Makes a new instruction; all others make a given one harder."""
