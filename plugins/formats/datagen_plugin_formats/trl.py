"""TRL's dataset types (docs/source/dataset_formats.md): conversational where there is a choice, prompts explicit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from datagen_core.refusal import Refusal
from datagen_plugin_formats import rules
from datagen_plugin_formats.chat_forms import answers, messages_form, preference_form, turn_rules
from datagen_plugin_formats.config import TrlConfig
from datagen_plugin_formats.conversation import Conversation
from datagen_plugin_formats.judged import Rated, Stepwise
from datagen_plugin_formats.rows_exporter import Form, Made, RowsExporter
from datagen_plugin_formats.shapes import Dialect, message, messages, tools_text, unanswered, wrapped_tools

DIALECT = Dialect()
"""Arguments as objects, as chat templates read them; no ids."""


def _prompt_completion(read: Conversation) -> Made | Refusal:
    """The last answer is the completion."""
    turns = messages(read, DIALECT)
    row: dict[str, Any] = {"prompt": turns[:-1], "completion": turns[-1:]}
    return unanswered(read) or Made(_with_tools(row, read))


def prompt_only(read: Conversation) -> tuple[dict[str, Any], Conversation]:
    """What goes along with a prompt, and the conversation up to where an answer is wanted."""
    if not read.is_answered or read.turns[-1].tool_calls:
        return {}, read
    asked = Conversation(turns=read.turns[:-1], system=read.system, tools=read.tools)
    return {"reference_answer": read.turns[-1].content}, asked


def _prompt_only(read: Conversation) -> Made | Refusal:
    more, asked = prompt_only(read)
    if asked.turns[-1].role == "assistant":
        return Refusal("no_prompt", "a conversation that ends with the user or with an answer in words")
    return Made(_with_tools({"prompt": messages(asked, DIALECT), **more}, read))


def _unpaired(read: Rated) -> Made:
    row = {
        "prompt": messages(read.prompt, DIALECT),
        "completion": [message(read.completion, DIALECT)],
        "label": read.label,
    }
    return Made(_with_tools(row, read.prompt))


def _stepwise(read: Stepwise) -> Made:
    return Made({"prompt": read.prompt, "completions": list(read.completions), "labels": list(read.labels)})


def _text(read: str) -> Made:
    return Made({"text": read})


def _with_tools(row: dict[str, Any], read: Conversation) -> dict[str, Any]:
    return {**row, "tools": tools_text(wrapped_tools(read.tools))} if read.tools else row


def _prompt_rules(row: Mapping[str, Any]) -> Iterator[str]:
    found = row.get("prompt")
    end = found[-1] if isinstance(found, list) and found else None
    last = "tool" if isinstance(end, Mapping) and end.get("role") == "tool" else "user"
    yield from rules.turns(found, turn_rules(DIALECT, last), "prompt")
    yield from rules.tools(row.get("tools"), as_text=True)


def _completion_rules(row: Mapping[str, Any]) -> Iterator[str]:
    both = row.get("prompt"), row.get("completion")
    if not isinstance(both[0], list) or not isinstance(both[1], list) or not both[0] or not both[1]:
        yield "prompt and completion aren't both lists of turns"
        return
    yield from rules.turns([*both[0], *both[1]], turn_rules(DIALECT), "prompt and completion")
    yield from rules.tools(row.get("tools"), as_text=True)


def _unpaired_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from _prompt_rules(row)
    yield from answers(row.get("completion"), "completion")
    yield from rules.columns(row, label="true or false")


def _stepwise_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.columns(row, prompt="text", completions="a list", labels="a list")
    steps, labels = row.get("completions"), row.get("labels")
    if isinstance(steps, list) and isinstance(labels, list):
        if len(steps) != len(labels):
            yield f"{len(steps)} completions have {len(labels)} labels"
        if not all(isinstance(step, str) for step in steps) or not all(
            isinstance(one, bool) for one in labels
        ):
            yield "completions are texts, and labels true or false"


def _text_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.columns(row, text="text")


class Trl(RowsExporter[TrlConfig]):
    """Rows for TRL's trainers: SFT, DPO, reward, KTO, GRPO, PRM."""

    forms: ClassVar[Mapping[str, Form]] = {
        "messages": messages_form(DIALECT),
        "preference": preference_form(DIALECT),
        "unpaired": Form("unpaired", _unpaired, _unpaired_rules, ("prompt", "completion", "label")),
        "prompt-completion": Form("chat", _prompt_completion, _completion_rules, ("prompt", "completion")),
        "prompt-only": Form("chat", _prompt_only, _prompt_rules, ("prompt",), ("none",)),
        "stepwise": Form("stepwise", _stepwise, _stepwise_rules, ("prompt", "completions", "labels")),
        "text": Form("text", _text, _text_rules, ("text",), ("none",)),
    }
