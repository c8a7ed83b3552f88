"""The texts of a row that are changed, and the row with others in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from datagen_core.sample import Message, Sample

RESPONSE = frozenset({"response", "text", "content"})


def parts_of(sample: Sample, wanted: Sequence[str] = ()) -> dict[str, str]:
    """Name → text of the parts to change, as far as the row has them; blank ones are left out.

    A part is `input`, `response` (of a row without an input also `text`) or a field of a record that holds text. By
    default it is the input of a pair and the response of a text.
    """
    names = wanted or ("input" if sample.input.strip() else "text",)
    found = {_own_name(sample, name): _text(sample, name) for name in names}
    return {name: text for name, text in found.items() if text.strip()}


def replaced(sample: Sample, texts: Mapping[str, str], *, thought_anew: bool = False) -> dict[str, Any]:
    """What `GenerateRequest.sample` takes for the row with these texts; all else is as it was.

    In a conversation the input is the last turn of the user, and the response the last of the assistant.

    Args:
        thought_anew: Whether the reasoning that led to the old texts is left out.
    """
    fields = {name: texts.get(name, value) for name, value in sample.fields.items()}
    kept: dict[str, Any] = {
        "label": sample.label,
        "fields": fields,
        "reasoning": None if thought_anew else sample.reasoning,
        "tools": sample.tools,
    }
    asked = texts.get("input", sample.input)
    answer = next((texts[n] for n in texts if n in RESPONSE - fields.keys()), sample.response)
    if not sample.messages:
        return {**kept, "input": asked, "response": answer}
    messages = _with_last(_with_last(sample.messages, "user", asked), "assistant", answer)
    if thought_anew:
        messages = tuple(replace(message, reasoning_content=None) for message in messages)
    return {**kept, "messages": messages}


def joined(texts: Mapping[str, str]) -> str:
    """The parts as one text, in order."""
    return "\n".join(texts.values())


def _own_name(sample: Sample, name: str) -> str:
    """`response` and `text` are two names of one part: the first of a pair's, the second of a text's."""
    if name in sample.fields or name not in RESPONSE:
        return name
    return "response" if sample.input.strip() or "text" in sample.fields else "text"


def _text(sample: Sample, name: str) -> str:
    if name in sample.fields:
        value = sample.fields[name]
        return value if isinstance(value, str) else ""
    return sample.response if name in RESPONSE else sample.input if name == "input" else ""


def _with_last(messages: Sequence[Message], role: str, content: str) -> tuple[Message, ...]:
    out = list(messages)
    at = next((i for i in reversed(range(len(out))) if out[i].role == role), None)
    if at is not None:
        out[at] = replace(out[at], content=content)
    return tuple(out)
