"""The texts of a row that are translated, and the row with others in their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from datagen_core.sample import Sample

UNTOUCHED = ("tool", "function")
"""Roles whose turns are a machine's output."""


def parts_of(sample: Sample, fields: Sequence[str] = ()) -> dict[str, str]:
    """Texts by name, without those that are blank: `turn_1` … of a conversation, else `input` and `response`.

    Args:
        fields: Columns of its record that count too, where they hold text: `field_1` … in this order.
    """
    if sample.messages:
        texts = {
            f"turn_{i}": message.content
            for i, message in enumerate(sample.messages, start=1)
            if message.role not in UNTOUCHED
        }
    else:
        texts = {"input": sample.input, "response": sample.response}
    for i, name in enumerate(fields, start=1):
        found = sample.fields.get(name)
        texts |= {f"field_{i}": found} if isinstance(found, str) else {}
    return {name: text for name, text in texts.items() if text.strip()}


def with_parts(sample: Sample, texts: Mapping[str, str], fields: Sequence[str] = ()) -> dict[str, Any]:
    """What `GenerateRequest.sample` takes: the row with these texts, all else as it was."""
    record = {
        name: texts.get(f"field_{i}", sample.fields.get(name)) for i, name in enumerate(fields, start=1)
    }
    return {
        "input": texts.get("input", sample.input),
        "response": texts.get("response", sample.response),
        "messages": [
            replace(message, content=texts.get(f"turn_{i}", message.content))
            for i, message in enumerate(sample.messages, start=1)
        ],
        "fields": {name: record.get(name, value) for name, value in sample.fields.items()},
        "label": sample.label,
        "reasoning": sample.reasoning,
        "tools": sample.tools,
    }
