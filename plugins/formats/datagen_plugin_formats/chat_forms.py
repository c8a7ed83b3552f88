"""Forms that several consumers read: messages, ShareGPT, instructions, pairs of answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from datagen_core.refusal import Refusal
from datagen_plugin_formats import rules
from datagen_plugin_formats.conversation import Conversation
from datagen_plugin_formats.judged import Preferred
from datagen_plugin_formats.rows_exporter import Form, Made
from datagen_plugin_formats.shapes import (
    Dialect,
    has_tools,
    instruction,
    message,
    messages,
    several_turns,
    sharegpt,
    tools_text,
    unanswered,
    without_text_beside_calls,
    wrapped_tools,
)

HISTORY = "-f llama-factory-alpaca has a history of turns, -f chatml all turns"
THINK = ("think", "none")
"""Where reasoning may go where turns have no field for it."""


def messages_form(dialect: Dialect) -> Form:
    """`{"messages", "tools"?}`, tools as JSON text."""

    def make(read: Conversation) -> Made | Refusal:
        row: dict[str, Any] = {"messages": messages(read, dialect)}
        if read.tools:
            row["tools"] = tools_text(wrapped_tools(read.tools))
        return unanswered(read) or Made(row)

    def check(row: Mapping[str, Any]) -> Iterator[str]:
        yield from rules.turns(row.get("messages"), turn_rules(dialect))
        yield from rules.tools(row.get("tools"), as_text=True)

    return Form("chat", make, check, ("messages",))


def turn_rules(dialect: Dialect, last: str = "assistant") -> rules.TurnRules:
    """What turns of a dialect must be."""
    arguments = "text" if dialect.arguments_are_text else "an object"
    return rules.TurnRules(arguments=arguments, has_ids=dialect.has_ids, last=last)


def preference_form(dialect: Dialect) -> Form:
    """`{"prompt", "chosen", "rejected", "tools"?}`, all of them lists of messages."""

    def make(read: Preferred) -> Made:
        row: dict[str, Any] = {
            "prompt": messages(read.prompt, dialect),
            "chosen": [message(read.chosen, dialect)],
            "rejected": [message(read.rejected, dialect)],
        }
        if read.prompt.tools:
            row["tools"] = tools_text(wrapped_tools(read.prompt.tools))
        return Made(row)

    def check(row: Mapping[str, Any]) -> Iterator[str]:
        yield from rules.turns(row.get("prompt"), turn_rules(dialect, "user"), "prompt")
        for name in ("chosen", "rejected"):
            yield from answers(row.get(name), name)
        yield from rules.tools(row.get("tools"), as_text=True)

    return Form("preference", make, check, ("prompt", "chosen", "rejected"))


def answers(found: Any, where: str) -> Iterator[str]:
    """What is wrong with a list that holds one answer."""
    if not isinstance(found, list) or len(found) != 1:
        yield f"{where} isn't a list of one turn"
        return
    yield from answer(found[0], where)


def answer(
    found: Any, where: str, role: str = "role", content: str = "content", name: str = "assistant"
) -> Iterator[str]:
    """What is wrong with a turn that is an answer."""
    if not isinstance(found, Mapping):
        yield f"{where} is no turn"
    elif found.get(role) != name:
        yield f"{where}: {role} is {found.get(role)!r}, not {name}"
    elif not isinstance(found.get(content), str):
        yield f"{where}: {content} is no text"


def sharegpt_row(read: Conversation, *, system_first: bool) -> Made:
    """`conversations`, with the system message as its first turn or as a column beside it."""
    plain, lost = without_text_beside_calls(read)
    turns: list[dict[str, str]] = sharegpt(plain.turns)
    if system_first:
        before = [{"from": "system", "value": read.system}] if read.system else []
        return Made({"conversations": [*before, *turns]}, lost)
    return Made({"conversations": turns, "system": read.system}, lost)


def instruction_row(read: Conversation) -> Made | Refusal:
    """`{"instruction", "input", "output"}` of one question and answer, without a place for a system message."""
    refusal = has_tools(read, "-f chatml has a place for tools") or several_turns(read, HISTORY)
    return (
        refusal
        or unanswered(read)
        or Made(dict(instruction(read)), ("the system message",) if read.system else ())
    )


def instruction_rules(row: Mapping[str, Any]) -> Iterator[str]:
    """Texts, of which the instruction and the output aren't empty."""
    yield from rules.columns(row, instruction="text", input="text?", output="text")
    for name in ("instruction", "output"):
        if isinstance(row.get(name), str) and not row[name].strip():
            yield f"{name} is empty"


INSTRUCTION = Form("chat", instruction_row, instruction_rules, ("instruction", "output"), THINK)
"""Stanford Alpaca's rows."""
