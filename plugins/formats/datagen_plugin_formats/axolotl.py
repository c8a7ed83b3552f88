"""Axolotl's dataset types (docs/dataset-formats, docs/rlhf.qmd), with the lines of its YAML that read the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from datagen_core.refusal import Refusal
from datagen_plugin_formats import rules
from datagen_plugin_formats.chat_forms import INSTRUCTION, THINK, answer, messages_form, turn_rules
from datagen_plugin_formats.config import AxolotlConfig
from datagen_plugin_formats.judged import Preferred
from datagen_plugin_formats.rows_exporter import Form, Made, RowsExporter
from datagen_plugin_formats.shapes import Dialect, has_tools, message, messages

DIALECT = Dialect(arguments_are_text=True, has_ids=True)
"""Arguments as JSON text, which Axolotl parses: objects whose keys differ from row to row would get nulls."""
YAML = {
    "chat_template": "type: chat_template\n    field_messages: messages\n    field_tools: tools",
    "alpaca": "type: alpaca",
    "dpo": "type: chat_template.default\n    field_messages: messages\n    field_chosen: chosen\n"
    "    field_rejected: rejected",
}


def _dpo(read: Preferred) -> Made | Refusal:
    """`chat_template.default` reads role and content alone."""
    refusal = has_tools(read.prompt, "-f trl-preference has a place for tools")
    return refusal or Made(
        {
            "messages": messages(read.prompt, DIALECT),
            "chosen": message(read.chosen, DIALECT),
            "rejected": message(read.rejected, DIALECT),
        }
    )


def _dpo_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.turns(row.get("messages"), turn_rules(DIALECT, "user"))
    for name in ("chosen", "rejected"):
        yield from answer(row.get(name), name)


class Axolotl(RowsExporter[AxolotlConfig]):
    """Rows for `chat_template`, `alpaca` and `chat_template.default` of `rl: dpo`."""

    forms: ClassVar[Mapping[str, Form]] = {
        "dpo": Form("preference", _dpo, _dpo_rules, ("messages", "chosen", "rejected"), THINK),
        "chat_template": messages_form(DIALECT),
        "alpaca": INSTRUCTION,
    }

    def companions(self, file: Path) -> Mapping[str, str]:
        """The entry of `datasets:` for the file."""
        form = self.form or "chat_template"
        method = "rl: dpo\n" if form == "dpo" else ""
        lines = f"{method}datasets:\n  - path: {json.dumps(file.name)}\n    ds_type: json\n    {YAML[form]}\n"
        return {f"{file.stem}.axolotl.yaml": lines}
