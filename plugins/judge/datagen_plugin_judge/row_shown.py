"""A row as a judge reads it, between marks that it can't contain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.jsontext import dumps
from datagen_core.sample import Message, Sample

MAX_ROW_CHARS = 1_500_000
"""A prompt has at most 2,000,000 characters; no model reads as many."""
MARK_CHARS = 30
ROLES = frozenset({"system", "user", "assistant", "tool"})
TRIPLE: Sequence[tuple[str, Sequence[str]]] = (
    ("instruction", ("instruction", "prompt", "question")),
    ("input", ("input", "context")),
    ("reasoning", ("reasoning", "rationale")),
    ("response", ("response", "output", "completion", "answer")),
)
"""Columns by which a record is shown as the triple that it is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of a row under their names, and the hash that their marks are made of.

    A pair is an instruction (or its input), its reasoning where there is some, and the response; a conversation its
    numbered turns; a record its JSON. Texts are shown as they are.
    """

    parts: Mapping[str, str]
    label: str | None = None

    @property
    def chars(self) -> int:
        """What the parts and the lines between them take up, about."""
        return sum(MARK_CHARS + len(name) + len(text) for name, text in self.parts.items())

    @property
    def is_asked(self) -> bool:
        """Whether something in the row says what was asked for."""
        return "instruction" in self.parts or any(name.endswith("user") for name in self.parts)

    def values(self) -> dict[str, Any]:
        """What a template is given."""
        return {
            "parts": dict(self.parts),
            "label": self.label,
            "mark": mark_of(self.parts.values()),
            "is_asked": self.is_asked,
        }


def shown(sample: Sample) -> Shown:
    """A row in the format that it has: conversation, triple, record or text, with its reasoning."""
    if sample.messages:
        parts = turns(sample.messages)
    elif sample.fields:
        parts = _triple(sample.fields) or {"record": dumps(dict(sample.fields))}
    else:
        parts = {"instruction": sample.input} if sample.input else {}
    if sample.tools:
        parts = {"tools": dumps([tool.to_json() for tool in sample.tools]), **parts}
    if sample.reasoning is not None:
        parts = {**parts, "reasoning": sample.reasoning}
    if not sample.messages and not sample.fields:
        parts = {**parts, "response" if sample.input else "text": sample.response}
    return Shown(parts, sample.label)


def turns(messages: Sequence[Message]) -> dict[str, str]:
    """A conversation's turns by number and role, with the calls of tools in them."""
    return {
        f"{at} {turn.role if turn.role in ROLES else 'other'}": _said(turn)
        for at, turn in enumerate(messages, start=1)
    }


def _said(turn: Message) -> str:
    calls = f"tool calls: {dumps([dict(call) for call in turn.tool_calls])}" if turn.tool_calls else ""
    return "\n".join(filter(None, (turn.reasoning_content, turn.content, calls)))


def _triple(fields: Mapping[str, Any]) -> dict[str, str] | None:
    """A record of an instruction and a response, all of it text; None where it is another one."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for part, columns in TRIPLE:
        column = next((one for one in columns if isinstance(fields.get(one), str)), None)
        if column is not None:
            found[part] = fields[column]
            used.add(column)
    if "input" in found and "instruction" not in found:
        found = {"instruction": found.pop("input"), **found}
    is_whole = "response" in found and "instruction" in found and used == fields.keys()
    return {name: text for name, text in found.items() if text} if is_whole else None


def mark_of(texts: Iterable[str]) -> str:
    """12 hex characters of texts, which can't hold them but by chance."""
    whole = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=6).hexdigest()


def row_text(sample: Sample) -> str:
    """A row in one text: a conversation, a record as JSON, or input and response."""
    if sample.messages:
        text = "\n\n".join(f"{message.role}: {message.content}" for message in sample.messages)
    elif sample.fields:
        text = dumps(dict(sample.fields))
    elif sample.input:
        text = f"input: {sample.input}\n\nresponse: {sample.response}"
    else:
        text = sample.response
    return text if sample.reasoning is None else f"{text}\n\nreasoning: {sample.reasoning}"
