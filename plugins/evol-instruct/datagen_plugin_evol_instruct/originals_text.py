"""The instruction and the response of an original, and a row in the original's form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from datagen_core.refusal import Refusal
from datagen_core.sample import Message, Sample

SYSTEM = ("system", "developer")
SINGLE_TURN = (("user",), ("user", "assistant"))


def instruction_of(sample: Sample) -> str | Refusal:
    """The instruction of a single-turn row: its input; of a row of one text alone, that text."""
    turns = _turns(sample.messages)
    if sample.messages and tuple(turn.role for turn in turns) not in SINGLE_TURN:
        return Refusal("not_single_turn", "one user turn, and at most one answer to it", len(turns), 2)
    if sample.tools:
        return Refusal("has_tools", "an instruction to be carried out without tools", len(sample.tools), 0)
    is_text = not (sample.messages or sample.fields)
    text = sample.input.strip() or (sample.response.strip() if is_text else "")
    return text or Refusal("no_instruction", "an original has an input, or is a single text")


def response_of(sample: Sample) -> str | Refusal:
    """The response of a row that has an input too; of a conversation, its last turn."""
    ends = not sample.messages or sample.messages[-1].role == "assistant"
    if sample.input.strip() and sample.response.strip() and ends:
        return sample.response.strip()
    missing = "input" if not sample.input.strip() else "response"
    return Refusal("no_response", "an original has an input and a response", f"no {missing}")


def system_of(sample: Sample) -> str:
    """The text of the leading system message; "" without one."""
    first = sample.messages[:1]
    return first[0].content if first and first[0].role in SYSTEM else ""


def before_response(sample: Sample) -> list[dict[str, str]]:
    """The turns before the response: role and content."""
    turns = sample.messages[:-1] or (Message(role="user", content=sample.input),)
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def with_instruction(sample: Sample, instruction: str, response: str) -> dict[str, Any]:
    """The row with another instruction and its response. The reasoning belonged to the old response and goes."""
    kept = {**whole(sample), "reasoning": None}
    if not sample.messages:
        return {**kept, "input": instruction, "response": response}
    turns = _turns(sample.messages)
    system = sample.messages[: len(sample.messages) - len(turns)]
    asked = replace(turns[0], content=instruction)
    return {**kept, "messages": (*system, asked, Message(role="assistant", content=response))}


def with_response(sample: Sample, response: str) -> dict[str, Any]:
    """The row with another last response."""
    if not sample.messages:
        return {**whole(sample), "response": response}
    *before, last = sample.messages
    return {**whole(sample), "messages": (*before, replace(last, content=response))}


def whole(sample: Sample) -> dict[str, Any]:
    """The row as it is, in parts."""
    names = ("input", "response", "label", "fields", "messages", "reasoning", "tools")
    return {name: getattr(sample, name) for name in names}


def _turns(messages: Sequence[Message]) -> Sequence[Message]:
    """All but a leading system message; a call of a tool is no turn of a single-turn row."""
    rest = messages[1:] if messages and messages[0].role in SYSTEM else messages
    return [replace(turn, role="tool") if turn.tool_calls else turn for turn in rest]
