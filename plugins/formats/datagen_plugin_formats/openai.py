"""OpenAI's fine-tuning files: supervised, preference (DPO) and reinforcement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from datagen_core.exporter import Problem
from datagen_core.json_lines import lines
from datagen_core.refusal import Refusal
from datagen_plugin_formats import rules
from datagen_plugin_formats.chat_forms import answers, turn_rules
from datagen_plugin_formats.config import OpenAIConfig
from datagen_plugin_formats.conversation import Conversation
from datagen_plugin_formats.judged import Preferred
from datagen_plugin_formats.rows_exporter import Form, Made, RowsExporter
from datagen_plugin_formats.shapes import Dialect, message, messages, unanswered, wrapped_tools
from datagen_plugin_formats.trl import prompt_only

DIALECT = Dialect(arguments_are_text=True, has_ids=True, names_tools=False)
MIN_EXAMPLES = 10
"""A job with fewer is refused."""
TURN_KEYS = {
    "role",
    "content",
    "name",
    "tool_calls",
    "tool_call_id",
    "weight",
    "refusal",
    "audio",
    "function_call",
}
REASONING = ("none", "think")


def _sft(read: Conversation) -> Made | Refusal:
    return unanswered(read) or Made(_asked(read))


def _dpo(read: Preferred) -> Made:
    return Made(
        {
            "input": _asked(read.prompt),
            "preferred_output": [message(read.chosen, DIALECT)],
            "non_preferred_output": [message(read.rejected, DIALECT)],
        }
    )


def _rft(read: Conversation) -> Made | Refusal:
    more, asked = prompt_only(read)
    if asked.turns[-1].role != "user":
        return Refusal(
            "no_prompt", "a conversation whose last turn but an answer is the user's", asked.turns[-1].role
        )
    return Made({**_asked(asked), **more})


def _asked(read: Conversation) -> dict[str, Any]:
    """Messages, and tools where there are any."""
    row: dict[str, Any] = {"messages": messages(read, DIALECT)}
    if read.tools:
        row["tools"] = wrapped_tools(read.tools)
        row["parallel_tool_calls"] = any(len(turn.tool_calls) > 1 for turn in read.turns)
    return row


def _turns(row: Mapping[str, Any], last: str, where: str = "messages") -> Iterator[str]:
    found = row.get("messages")
    calls_alone = [
        {**turn, "content": ""}
        if isinstance(turn, Mapping) and turn.get("tool_calls") and not turn.get("content")
        else turn
        for turn in (found if isinstance(found, list) else ())
    ]
    yield from rules.turns(
        calls_alone if isinstance(found, list) else found, turn_rules(DIALECT, last), where
    )
    yield from rules.tools(row.get("tools"), as_text=False)
    yield from rules.columns(row, parallel_tool_calls="true or false?")
    for at, turn in enumerate(found if isinstance(found, list) else (), start=1):
        if isinstance(turn, Mapping):
            yield from (f"{where}, turn {at}: {what}" for what in _turn(turn))


def _turn(turn: Mapping[str, Any]) -> Iterator[str]:
    unknown = sorted(set(turn) - TURN_KEYS)
    if unknown:
        yield f"unknown key {unknown[0]!r}"
    if "weight" in turn and (turn.get("role") != "assistant" or turn["weight"] not in (0, 1)):
        yield "weight is 0 or 1, of the assistant's turns alone"


def _sft_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from _turns(row, "assistant")


def _rft_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from _turns(row, "user")


def _dpo_rules(row: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(row.get("input"), Mapping):
        yield "input is no object with messages"
    else:
        yield from _turns(row["input"], "user", "input.messages")
    for name in ("preferred_output", "non_preferred_output"):
        yield from answers(row.get(name), name)


class OpenAI(RowsExporter[OpenAIConfig]):
    """Arguments as JSON text, ids in every call; no place for reasoning."""

    forms: ClassVar[Mapping[str, Form]] = {
        "sft": Form("chat", _sft, _sft_rules, ("messages",), REASONING),
        "dpo": Form(
            "preference", _dpo, _dpo_rules, ("input", "preferred_output", "non_preferred_output"), REASONING
        ),
        "rft": Form("chat", _rft, _rft_rules, ("messages",), ("none",)),
    }

    def check_whole(self, file: Path, form: str) -> Iterator[Problem]:
        """Enough rows."""
        count = sum(1 for _ in lines(file))
        if 0 < count < MIN_EXAMPLES:
            yield Problem(f"{count} rows are too few: a job needs {MIN_EXAMPLES}")
