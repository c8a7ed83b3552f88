"""Every text of a row that may hold something, read and replaced in one way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from datagen_core.sample import Message, Sample, Tool

Change: TypeAlias = Callable[[str, str], str]
"""What a part's name and text become."""
_IN_CHAT = re.compile(r"messages\[[0-9]+\] (\S+)")
_PARTS: Mapping[str, str] = {"user": "input", "assistant": "response"}
MIN_NUMBER = 10**6
"""A whole number in a record is read as text from here on: it may be that of a card or a phone."""
MAX_FLOAT = 10**20
"""A whole number with a decimal point (pandas makes such of columns with gaps) is read up to here, excluded."""
_WHOLE = re.compile(r"([0-9]{7,20})(\.0+)")


def changed(sample: Sample, change: Change) -> dict[str, Any]:
    """What `GenerateRequest.sample` takes for the row with its texts changed; its form and its label stay.

    These are the messages of a conversation (content, name, reasoning, tool calls; not the ids that join calls to
    results), else input and response; then reasoning, tools, and the fields of a record at any depth with the keys
    within them. Parts are called `messages[0] user`, `input`, `fields.address.city` …; the order is always the same.
    """
    made: dict[str, Any] = {"label": sample.label}
    if sample.messages:
        made["messages"] = [_message(at, message, change) for at, message in enumerate(sample.messages)]
    else:
        made["input"] = change("input", sample.input)
        made["response"] = change("response", sample.response)
    made["reasoning"] = None if sample.reasoning is None else change("reasoning", sample.reasoning)
    made["fields"] = {name: _value(f"fields.{name}", value, change) for name, value in sample.fields.items()}
    made["tools"] = [_tool(f"tools[{at}]", tool, change) for at, tool in enumerate(sample.tools)]
    return made


def _message(at: int, message: Message, change: Change) -> Message:
    place = f"messages[{at}] {message.role}"
    thought = message.reasoning_content
    calls = [
        {
            key: value if key == "id" else _value(f"{place} tool_calls.{key}", value, change)
            for key, value in call.items()
        }
        for call in message.tool_calls
    ]
    return replace(
        message,
        content=change(place, message.content),
        name=None if message.name is None else change(f"{place} name", message.name),
        tool_calls=tuple(calls),
        reasoning_content=None if thought is None else change(f"{place} reasoning", thought),
    )


def _tool(place: str, tool: Tool, change: Change) -> Tool:
    description = change(f"{place} description", tool.description)
    return replace(
        tool, description=description, parameters=_value(f"{place} parameters", tool.parameters, change)
    )


def _value(place: str, value: Any, change: Change) -> Any:
    """A JSON value with its texts and long whole numbers changed, `.0` behind them or not; a number stays one where
    it can."""
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        return change(place, value) if whole is None else _decimal(whole, change(place, whole[1]))
    if isinstance(value, float) and value.is_integer() and MIN_NUMBER <= abs(value) < MAX_FLOAT:
        made = _number(int(value), change(place, str(int(value))))
        return float(made) if isinstance(made, int) else made
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= MIN_NUMBER:
        return _number(value, change(place, str(value)))
    if isinstance(value, Mapping):
        return _object(place, value, change)
    if isinstance(value, Sequence):
        return [_value(f"{place}[{at}]", inner, change) for at, inner in enumerate(value)]
    return value


def _object(place: str, value: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Two keys that become one are told apart by a line behind it, so that nothing is lost."""
    made: dict[str, Any] = {}
    for key, inner in value.items():
        name = change(place, key)
        while name in made:
            name += "_"
        made[name] = _value(f"{place}.{key}", inner, change)
    return made


def _decimal(whole: re.Match[str], text: str) -> str:
    """A number in digits that ended in `.0`, as it does again where it became another one."""
    return f"{text}{whole[2]}" if text.isascii() and text.isdigit() else text


def _number(value: int, text: str) -> int | str:
    if text == str(value):
        return value
    return int(text) if text.isascii() and text.isdigit() and not text.startswith("0") else text


def is_named(part: str, wanted: Sequence[str]) -> bool:
    """Whether a part is one of those wanted, or within one; where none is named, all are.

    In a conversation `input` is what users say, `response` what the assistant says, `reasoning` what it thinks.
    """
    if not wanted:
        return True
    in_chat = _IN_CHAT.match(part)
    names = [part] if in_chat is None else [part, f"{_PARTS.get(in_chat[1], in_chat[1])} "]
    if in_chat is not None and part.endswith(" reasoning"):
        names = ["messages", "reasoning"]
    return any(
        name == one or name.startswith((f"{one}.", f"{one}[", f"{one} ")) for name in names for one in wanted
    )
