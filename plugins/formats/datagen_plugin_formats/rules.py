"""What consumers stumble over in a row, in words: shared parts of their rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.json_lines import type_name
from datagen_plugin_formats.turns import ROLES

KINDS: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "a list": list,
    "an object": dict,
    "true or false": bool,
}


@dataclass(frozen=True, slots=True)
class TurnRules:
    """How turns must be.

    Attributes:
        role, content: The keys of a turn's speaker and text.
        roles: The names of speakers that are understood.
        has_system: Whether the first turn may be a system message.
        arguments: What arguments of calls must be: `an object`, `text` or "" for either.
        has_ids: Whether calls must have ids that answers name.
        joins_answers: Whether an answer of a tool may not follow another.
        last: The role (user or assistant) that the last turn must have.
    """

    role: str = "role"
    content: str = "content"
    roles: tuple[str, ...] = ("system", "user", "assistant", "tool")
    has_system: bool = True
    arguments: str = "an object"
    has_ids: bool = False
    joins_answers: bool = False
    last: str = "assistant"


def columns(row: Mapping[str, Any], **wanted: str) -> Iterator[str]:
    """Columns that are missing or of another type; a wanted type may end in `?` where the column may be missing."""
    for name, kind in wanted.items():
        value = row.get(name)
        if value is None and not kind.endswith("?"):
            yield f"{name} is missing"
        elif value is not None and not isinstance(value, KINDS[kind.removesuffix("?")]):
            yield f"{name} is {type_name(value)}, not {kind.removesuffix('?')}"


def turns(found: Any, rules: TurnRules = TurnRules(), where: str = "messages") -> Iterator[str]:
    """What is wrong with turns, each by its number in the list, from 1."""
    if not isinstance(found, list) or not found:
        yield (
            f"{where} is {type_name(found) or 'missing'}, not a list of turns"
            if found != []
            else f"{where} is empty"
        )
        return
    before = ""
    calls: list[Mapping[str, Any]] = []
    for at, turn in enumerate(found, start=1):
        place = f"{where}, turn {at}"
        wrong = list(_turn(turn, rules))
        if wrong:
            yield from (f"{place}: {what}" for what in wrong)
            return  # what follows it can't be told
        role = ROLES[turn[rules.role]]
        yield from (f"{place}: {what}" for what in _order(before, role, calls, rules, at))
        if role == "assistant":
            calls = _calls(turn, rules)
            yield from (f"{place}: {what}" for call in calls for what in _call(call, rules))
        elif role == "tool" and rules.has_ids:
            yield from (f"{place}: {what}" for what in _answer(turn, calls))
        before = role
    if before != rules.last:
        yield f"{where}: the last turn is of the {before}, not of the {rules.last}"


def _turn(turn: Any, rules: TurnRules) -> Iterator[str]:
    if not isinstance(turn, Mapping):
        yield f"it is {type_name(turn) or 'null'}, not an object"
        return
    role, content = turn.get(rules.role), turn.get(rules.content)
    if role not in rules.roles:
        yield f"{rules.role} is {role!r}, not one of {', '.join(rules.roles)}"
    if not isinstance(content, str):
        yield f"{rules.content} is {type_name(content) or 'missing or null'}, not text"


def _order(
    before: str, role: str, calls: Sequence[Mapping[str, Any]], rules: TurnRules, at: int
) -> Iterator[str]:
    if role == "system":
        if at > 1 or not rules.has_system:
            yield "a system message stands elsewhere than at the beginning"
    elif before in ("", "system") and role != "user":
        yield f"the conversation begins with the {role}, not with the user"
    elif role == "tool":
        if before not in ("assistant", "tool") or not calls:
            yield "a tool answers that wasn't called"
        elif before == "tool" and rules.joins_answers:
            yield "an answer of a tool follows another: one turn must hold them all"
    elif before == role:
        yield f"two turns of the {role} follow each other"
    elif before == "tool" and role == "user":
        yield "the user follows a tool, not the assistant"
    elif before == "assistant" and calls and role == "user":
        yield "a call of a tool has no answer"


def _calls(turn: Mapping[str, Any], rules: TurnRules) -> list[Mapping[str, Any]]:
    if turn[rules.role] == "function_call":
        found = _json(turn[rules.content].rpartition("</think>")[2])
        calls = found if isinstance(found, list) else [found]
        return [{"type": "function", "function": call} for call in calls]
    given = turn.get("tool_calls")
    calls = given if isinstance(given, list) else [] if given is None else [given]
    return [call if isinstance(call, Mapping) else {"function": call} for call in calls]


def _call(call: Any, rules: TurnRules) -> Iterator[str]:
    told = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(told.get("name"), str):
        yield "a call isn't an object with the function's name"
        return
    arguments = told.get("arguments")
    if rules.arguments and not isinstance(arguments, KINDS[rules.arguments]):
        yield f"arguments of {told['name']} are {type_name(arguments) or 'missing'}, not {rules.arguments}"
    elif isinstance(arguments, str) and not isinstance(_json(arguments), dict):
        yield f"arguments of {told['name']} are no JSON object"
    if rules.has_ids and not isinstance(call.get("id"), str):
        yield f"the call of {told['name']} has no id"


def _answer(turn: Mapping[str, Any], calls: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not isinstance(turn.get("tool_call_id"), str):
        yield "tool_call_id is missing"
    elif turn["tool_call_id"] not in [call.get("id") for call in calls]:
        yield f"tool_call_id {turn['tool_call_id']!r} is no id of a call before it"


def tools(found: Any, *, as_text: bool) -> Iterator[str]:
    """What is wrong with a column of tools; nothing and "" are none."""
    if found is None or found == "":
        return
    if as_text and not isinstance(found, str):
        yield f"tools is {type_name(found)}, not JSON text: schemas of many shapes don't fit one column"
        return
    listed = _json(found) if as_text else found
    if not isinstance(listed, list):
        yield "tools is no list" if not as_text else "tools is no JSON list"
        return
    for tool in listed:
        told = tool.get("function", tool) if isinstance(tool, Mapping) else None
        if not isinstance(told, Mapping) or not isinstance(told.get("name"), str):
            yield "a tool isn't an object with a name"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
