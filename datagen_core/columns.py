"""The flat columns of a row that trainers read, lineage and scores left out."""

from __future__ import annotations

from typing import Any

from datagen_core.dataset_columns import READ
from datagen_core.sample import Sample

CONTENT = ("input", "response", "messages", "reasoning", "tools")
ANSWERS = ("prompt", "chosen", "rejected", "completion", "completions", "labels")


def flat(sample: Sample) -> dict[str, Any]:
    """`id` and what the row is made of.

    Messages (and tools) where there are any; else the record's own fields; else `text` and `label` of a
    labelled row; else `input` and `response`, or `text` alone when there is no input.
    """
    out: dict[str, Any] = {"id": sample.id}
    if sample.messages:
        out["messages"] = [m.to_json() for m in sample.messages]
        if sample.tools:
            out["tools"] = [t.to_json() for t in sample.tools]
    elif sample.fields:
        out.update({name: value for name, value in sample.fields.items() if name != "id"})
    elif sample.input:
        out["input"], out["response"] = sample.input, sample.response
    else:
        out["text"] = sample.response
    if sample.reasoning is not None:
        out.setdefault("reasoning", sample.reasoning)
    if sample.label is not None:
        out.setdefault("label", sample.label)
    return out


def metadata_of(sample: Sample) -> dict[str, Any]:
    """What a record holds beside what a trainer reads: id, label, further columns, metadata and lineage."""
    out = {name: value for name, value in sample.to_json().items() if name not in CONTENT}
    more = {name: value for name, value in sample.fields.items() if name not in READ and name not in ANSWERS}
    return (
        {**out, "fields": more} if more else {name: value for name, value in out.items() if name != "fields"}
    )
