"""What rows are made of: messages, turns of ShareGPT, instructions, tools, reasoning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datagen_core.refusal import Refusal
from datagen_core.sample import Message, Tool
from datagen_plugin_formats.conversation import Conversation

SPEAKERS: Mapping[str, str] = {"user": "human", "assistant": "gpt", "tool": "observation", "system": "system"}
"""Roles → ShareGPT's names of them."""
OBSERVATIONS = "\n</tool_response>\n<tool_response>\n"
"""Between answers of tools that become one, as LLaMA-Factory's converter of OpenAI's messages joins them."""

THOUGHT_BEGINNING, THOUGHT_END = "<think>\n", "\n</think>\n\n"
"""The marks around thoughts, as LLaMA-Factory's templates and Qwen's have them."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a consumer wants calls of tools.

    Attributes:
        arguments_are_text: JSON text, not an object.
        has_ids: Calls have ids and answers name them.
        names_tools: Answers have the tool's name.
    """

    arguments_are_text: bool = False
    has_ids: bool = False
    names_tools: bool = True


def messages(conversation: Conversation, dialect: Dialect = Dialect()) -> list[dict[str, Any]]:
    """Role and content of each turn, the system message first; content is text, never null."""
    system = [{"role": "system", "content": conversation.system}] if conversation.system else []
    return [*system, *(message(turn, dialect) for turn in conversation.turns)]


def message(turn: Message, dialect: Dialect = Dialect()) -> dict[str, Any]:
    """One turn."""
    out: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.reasoning_content:
        out["reasoning_content"] = turn.reasoning_content
    if turn.tool_calls:
        out["tool_calls"] = [_call(call, dialect) for call in turn.tool_calls]
    if turn.role == "tool" and dialect.has_ids:
        out["tool_call_id"] = turn.tool_call_id
    if turn.role == "tool" and dialect.names_tools:
        out["name"] = turn.name
    return out


def _call(call: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    name, arguments = call["function"]["name"], call["function"]["arguments"]
    given = json.dumps(arguments, ensure_ascii=False) if dialect.arguments_are_text else dict(arguments)
    own = {"id": call["id"]} if dialect.has_ids else {}
    return {**own, "type": "function", "function": {"name": name, "arguments": given}}


def sharegpt(turns: Sequence[Message]) -> list[dict[str, str]]:
    """From and value of each turn; calls are JSON, and answers of tools that follow each other are one."""
    out: list[dict[str, str]] = []
    for turn in turns:
        if turn.tool_calls:
            out.append({"from": "function_call", "value": turn.content + calls_text(turn)})
        elif turn.role == "tool" and out[-1]["from"] == "observation":
            out[-1]["value"] += OBSERVATIONS + turn.content
        else:
            out.append({"from": SPEAKERS[turn.role], "value": turn.content})
    return out


def calls_text(turn: Message) -> str:
    """The calls of a turn as JSON: one object, or a list of several."""
    calls = [
        {"name": call["function"]["name"], "arguments": call["function"]["arguments"]}
        for call in turn.tool_calls
    ]
    return json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)


def wrapped_tools(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Tools as OpenAI and chat templates have them."""
    return [{"type": "function", "function": tool.to_json()} for tool in tools]


def tools_text(tools: Sequence[Mapping[str, Any]]) -> str:
    """Tools as JSON text, which every version of `datasets` reads whatever their schemas are; "" for none."""
    return json.dumps(list(tools), ensure_ascii=False) if tools else ""


def instruction(conversation: Conversation) -> dict[str, str]:
    """Instruction, input and output of the last question and answer."""
    asked, answer = conversation.turns[-2].content, conversation.turns[-1].content
    told, more = conversation.task or (asked, "")
    return {"instruction": told, "input": more, "output": answer}


def without_text_beside_calls(conversation: Conversation) -> tuple[Conversation, tuple[str, ...]]:
    """The conversation for formats in which a turn is a text or calls, which thoughts may precede; and what it lost."""
    turns = tuple(
        replace(turn, content=_thoughts(turn.content)) if turn.tool_calls else turn
        for turn in conversation.turns
    )
    lost = () if turns == conversation.turns else ("text beside calls of tools",)
    return replace(conversation, turns=turns), lost


def _thoughts(content: str) -> str:
    """What stands in <think> at the beginning, with its marks; "" for nothing."""
    head, mark, _ = content.partition(THOUGHT_END)
    return head + mark if mark and head.startswith(THOUGHT_BEGINNING) else ""


def with_reasoning(turn: Message, mode: str) -> Message | Refusal:
    """A turn with its reasoning where it belongs: in its field, before its content, or nowhere."""
    thought = turn.reasoning_content
    if not thought or mode == "field":
        return turn
    if mode == "none":
        return replace(turn, reasoning_content=None)
    if "</think>" in thought:
        return Refusal(
            "think_within", "reasoning that holds no </think>", params={"hint": "--set reasoning=none"}
        )
    content = f"{THOUGHT_BEGINNING}{thought}{THOUGHT_END}{turn.content}"
    return replace(turn, content=content, reasoning_content=None)


def reasoned(conversation: Conversation, mode: str) -> Conversation | Refusal:
    """The conversation with the reasoning of each turn where it belongs."""
    if mode == "field" or not any(turn.reasoning_content for turn in conversation.turns):
        return conversation
    turns: list[Message] = []
    for turn in conversation.turns:
        made = with_reasoning(turn, mode)
        if isinstance(made, Refusal):
            return made
        turns.append(made)
    return replace(conversation, turns=tuple(turns))


def has_tools(conversation: Conversation, hint: str) -> Refusal | None:
    """The refusal of a conversation with tools, for formats that have no place for them."""
    if not conversation.tools and not conversation.has_calls:
        return None
    return Refusal("has_tools", "a conversation without tools", params={"hint": hint})


def several_turns(conversation: Conversation, hint: str) -> Refusal | None:
    """The refusal of more than one question and answer."""
    if len(conversation.turns) <= 2:
        return None
    return Refusal(
        "several_turns", "one question and one answer", len(conversation.turns), params={"hint": hint}
    )


def unanswered(conversation: Conversation) -> Refusal | None:
    """The refusal of a conversation to learn from that has no answer at its end."""
    if conversation.is_answered:
        return None
    return Refusal("unanswered", "a conversation that ends with an answer of the assistant")
