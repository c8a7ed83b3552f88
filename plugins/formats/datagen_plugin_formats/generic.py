"""Formats that people name without a consumer: ChatML, Alpaca, ShareGPT, prompt and completion, preference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from datagen_core.refusal import Refusal
from datagen_plugin_formats import rules
from datagen_plugin_formats.chat_forms import INSTRUCTION, THINK, messages_form, preference_form, sharegpt_row
from datagen_plugin_formats.config import ChatmlConfig, FormatConfig
from datagen_plugin_formats.conversation import Conversation
from datagen_plugin_formats.rows_exporter import Form, Made, RowsExporter
from datagen_plugin_formats.shapes import Dialect, has_tools, messages, several_turns, tools_text, unanswered

TOOLS_HINT = "-f chatml has a place for tools"
BEGIN, END = "<|im_start|>", "<|im_end|>"
_TURN = re.compile(r"<\|im_start\|>(system|user|assistant)\n")
SHAREGPT = rules.TurnRules(
    role="from",
    content="value",
    roles=("system", "human", "gpt", "function_call", "observation"),
    joins_answers=True,
)


def _marked_text(read: Conversation) -> Made | Refusal:
    """The conversation as one text; refused where a turn holds a mark, which would end it or begin another."""
    turns = messages(read)
    if any(mark in turn["content"] for turn in turns for mark in (BEGIN, END)):
        return Refusal(
            "marks_within", f"texts without {BEGIN} and {END}", params={"hint": "-f chatml has no marks"}
        )
    text = "".join(f"{BEGIN}{turn['role']}\n{turn['content']}{END}\n" for turn in turns)
    return has_tools(read, TOOLS_HINT) or unanswered(read) or Made({"text": text})


def _marked_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.columns(row, text="text")
    text = row.get("text")
    if not isinstance(text, str):
        return
    *parts, rest = text.split(END)
    if not parts or rest.strip():
        yield f"text doesn't end with {END}"
    found = []
    for part in parts:
        match = _TURN.match(part.removeprefix("\n"))
        if match is None or BEGIN in part.removeprefix("\n")[match.end() :]:
            yield f"text has a part that doesn't begin with {BEGIN} and a role, or holds a mark"
            return
        found.append({"role": match[1], "content": part.removeprefix("\n")[match.end() :]})
    if found:
        yield from rules.turns(found, where="text")


def _sharegpt(read: Conversation) -> Made | Refusal:
    made = sharegpt_row(read, system_first=True)
    row = (
        {**made.row, "tools": tools_text([tool.to_json() for tool in read.tools])} if read.tools else made.row
    )
    return unanswered(read) or Made(row, made.lost)


def sharegpt_rules(row: Mapping[str, Any]) -> Iterator[str]:
    """Turns of human and gpt, of observations and calls, in turns."""
    yield from rules.turns(row.get("conversations"), SHAREGPT, "conversations")
    yield from rules.tools(row.get("tools"), as_text=True)


def _texts(read: Conversation) -> Made | Refusal:
    refusal = has_tools(read, TOOLS_HINT) or several_turns(read, "-f trl-prompt-completion holds all turns")
    lost = ("the system message",) if read.system else ()
    return (
        refusal
        or unanswered(read)
        or Made({"prompt": read.turns[0].content, "completion": read.turns[-1].content}, lost)
    )


def _texts_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.columns(row, prompt="text", completion="text")
    for name in ("prompt", "completion"):
        if isinstance(row.get(name), str) and not row[name].strip():
            yield f"{name} is empty"


class Chatml(RowsExporter[ChatmlConfig]):
    """`{"messages"}`, what most tools mean by ChatML; or `{"text"}` with its marks."""

    forms: ClassVar[Mapping[str, Form]] = {
        "messages": messages_form(Dialect(has_ids=True)),
        "text": Form("chat", _marked_text, _marked_rules, ("text",), THINK),
    }


class Alpaca(RowsExporter[FormatConfig]):
    """`{"instruction", "input", "output"}`; one question and answer."""

    forms: ClassVar[Mapping[str, Form]] = {"alpaca": INSTRUCTION}


class ShareGpt(RowsExporter[FormatConfig]):
    """`{"conversations": [{"from", "value"}]}`, calls as `function_call`, answers of tools as `observation`."""

    forms: ClassVar[Mapping[str, Form]] = {
        "sharegpt": Form("chat", _sharegpt, sharegpt_rules, ("conversations",), THINK)
    }


class PromptCompletion(RowsExporter[FormatConfig]):
    """`{"prompt", "completion"}`, texts."""

    forms: ClassVar[Mapping[str, Form]] = {
        "prompt-completion": Form("chat", _texts, _texts_rules, ("prompt", "completion"), THINK)
    }


class Preference(RowsExporter[FormatConfig]):
    """`{"prompt", "chosen", "rejected"}`, lists of messages."""

    forms: ClassVar[Mapping[str, Form]] = {"preference": preference_form(Dialect(has_ids=True))}
