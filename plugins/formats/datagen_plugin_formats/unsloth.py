"""Unsloth's `conversations`, which its `standardize_sharegpt` turns into messages for the tokenizer's chat template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from datagen_core.refusal import Refusal
from datagen_plugin_formats import rules
from datagen_plugin_formats.chat_forms import THINK, sharegpt_row
from datagen_plugin_formats.config import FormatConfig
from datagen_plugin_formats.conversation import Conversation
from datagen_plugin_formats.rows_exporter import Form, Made, RowsExporter
from datagen_plugin_formats.shapes import has_tools, unanswered

TURNS = rules.TurnRules(role="from", content="value", roles=("system", "human", "gpt"))


def _row(read: Conversation) -> Made | Refusal:
    refusal = has_tools(read, "-f chatml has a place for tools")
    return refusal or unanswered(read) or sharegpt_row(read, system_first=True)


def _rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.turns(row.get("conversations"), TURNS, "conversations")
    found = row.get("conversations")
    for turn in found if isinstance(found, list) else ():
        if isinstance(turn, Mapping) and set(turn) != {"from", "value"}:
            yield "conversations: turns have other keys than from and value"
            return


class Unsloth(RowsExporter[FormatConfig]):
    """Turns of exactly two keys, from and value; thoughts stand in <think> before the answer."""

    forms: ClassVar[Mapping[str, Form]] = {
        "conversations": Form("chat", _row, _rules, ("conversations",), THINK)
    }
