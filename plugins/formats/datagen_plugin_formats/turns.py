"""Turns of conversations as they come, in whatever dialect, as messages of one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from datagen_core.refusal import Refusal
from datagen_core.sample import Message, Tool

ROLES: Mapping[str, str] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
}
"""Names of roles → the four that there are."""
TURN = frozenset(
    {"role", "from", "content", "value", "name", "tool_calls", "tool_call_id", "reasoning_content"}
)
"""Keys of a turn that are read; what others say has no place in any format."""


def read_turns(turns: Any) -> tuple[Message, ...] | Refusal:
    """The turns of a column as messages; calls have objects of arguments."""
    if isinstance(turns, str) or not isinstance(turns, Sequence) or not turns:
        return Refusal("no_turns", "a list of turns", type(turns).__name__)
    found = []
    for turn in turns:
        read = read_turn(turn)
        if isinstance(read, Refusal):
            return read
        found.append(read)
    return tuple(found)


def read_turn(turn: Any) -> Message | Refusal:
    """A turn with role and content, or from and value, as a message."""
    if not isinstance(turn, Mapping):
        return Refusal("no_turn", "turns that are objects", type(turn).__name__)
    role, content = turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))
    text = content_text(content)
    if not isinstance(role, str) or text is None:
        return Refusal("no_turn", "turns with a role and content that is text", str(turn)[:80])
    given = turn.get("tool_calls") or ()
    calls = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    return Message(
        role=role,
        content=text,
        name=_text(turn.get("name")),
        tool_calls=tuple(calls),
        tool_call_id=_text(turn.get("tool_call_id")),
        reasoning_content=_text(turn.get("reasoning_content")),
    )


def content_text(content: Any) -> str | None:
    """Content as text, also of parts that are all text and of none; None where it holds anything else."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, Sequence):
        return None
    parts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
    texts = [part for part in parts if isinstance(part, str)]
    return "\n".join(texts) if len(texts) == len(parts) else None


def one_dialect(message: Message) -> Message | Refusal:
    """The message with one of four roles and calls of a name and an object of arguments."""
    role = ROLES.get(message.role)
    if role is None:
        return Refusal("unknown_role", f"one of {', '.join(ROLES)}", message.role)
    calls, content = message.tool_calls, message.content
    if role == message.role and not calls:
        return message
    if message.role == "function_call" and not calls:
        read = _json(content)
        calls, content = tuple(read) if isinstance(read, list) else (read,), ""
    found = []
    for call in calls:
        normal = _call(call)
        if normal is None:
            return Refusal("unread_call", "calls with a name and an object of arguments", str(call)[:80])
        found.append(normal)
    if found and role != "assistant":
        return Refusal("unread_call", "calls in turns of the assistant alone", message.role)
    return replace(message, role=role, content=content, tool_calls=tuple(found))


def read_tools(tools: Any) -> tuple[Tool, ...] | Refusal:
    """Tools as objects, wrapped as OpenAI does or bare, or as JSON text of such; none where there are none."""
    listed = _json(tools) if isinstance(tools, str) and tools.strip() else tools
    if not listed:
        return ()
    found = []
    for tool in listed if isinstance(listed, list | tuple) else (listed,):
        told = tool.get("function", tool) if isinstance(tool, Mapping) else None
        parameters = told.get("parameters") if isinstance(told, Mapping) else None
        schema = _json(parameters) if isinstance(parameters, str) else parameters or {}
        if not isinstance(told, Mapping) or not _text(told.get("name")) or not isinstance(schema, Mapping):
            return Refusal("unread_tools", "tools with a name and parameters", str(tool)[:80])
        found.append(
            Tool(name=told["name"], description=_text(told.get("description")) or "", parameters=schema)
        )
    return tuple(found)


def _call(call: Any) -> Mapping[str, Any] | None:
    """A call as `{id, type, function: {name, arguments}}`; None where it isn't one."""
    told = call.get("function", call) if isinstance(call, Mapping) else None
    name = told.get("name") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(name, str) or not name:
        return None
    arguments = told.get("arguments")
    read = _json(arguments) if isinstance(arguments, str) else {} if arguments is None else arguments
    if not isinstance(read, Mapping):
        return None
    return {
        "id": _text(call.get("id")) or "",
        "type": "function",
        "function": {"name": name, "arguments": dict(read)},
    }


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
