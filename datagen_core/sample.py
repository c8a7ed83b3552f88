"""The record: what an arm makes, what validators judge and what is exported.

A `Sample` is frozen and plain (no pydantic), so that making 200,000 of them costs little. Its JSON form is
`Sample.to_json()`; `Sample.from_json()` is its exact inverse. A `Rejection` is a sample that its own arm refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datagen_core.jsontext import dumps
from datagen_core.nothing import EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation; `arguments` of tool calls are objects, never strings."""

    role: str
    content: str
    name: str | None = None
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    tool_call_id: str | None = None
    reasoning_content: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Role and content always, the rest where set."""
        out: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.name is not None:
            out["name"] = self.name
        if self.tool_calls:
            out["tool_calls"] = [dict(call) for call in self.tool_calls]
        if self.tool_call_id is not None:
            out["tool_call_id"] = self.tool_call_id
        if self.reasoning_content is not None:
            out["reasoning_content"] = self.reasoning_content
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Message:
        """Inverse of `to_json`."""
        return cls(**{**data, "tool_calls": tuple(data.get("tool_calls", ()))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function the assistant may call: `parameters` is a JSON Schema object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = EMPTY

    def to_json(self) -> dict[str, Any]:
        """Name, description and parameters."""
        return {"name": self.name, "description": self.description, "parameters": dict(self.parameters)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One processing step of a sample: which component did it, with which parameters."""

    name: str
    params: Mapping[str, Any] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where a sample came from: its parents' ids (seeds, chunks, other samples) and the steps so far."""

    parents: tuple[str, ...] = ()
    processing_steps: tuple[Step, ...] = ()

    @property
    def parent_id(self) -> str | None:
        """The first parent, or None for a sample made from nothing."""
        return self.parents[0] if self.parents else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """How a sample was made and what was thought of it. `method` holds the fields its method prescribes.

    `is_rehearsal` marks rows of a run whose models only stood in for models.
    """

    generation_method: str = ""
    generator_version: str = ""
    arm: str = ""
    quality_score: float | None = None
    review_status: str = "unreviewed"
    method: Mapping[str, Any] = EMPTY
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One row. `response` is what was made (the text of a labelled row, the answer of a question).

    `messages`, where present, is the truth: `input` and `response` derive from its last user and last
    assistant turn. `fields` holds the columns of grammar and schema records, `label` the class.
    """

    id: str
    response: str = ""
    input: str = ""
    messages: tuple[Message, ...] = ()
    fields: Mapping[str, Any] = EMPTY
    label: str | None = None
    reasoning: str | None = None
    tools: tuple[Tool, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    trace: Trace = field(default_factory=Trace)

    def __post_init__(self) -> None:
        if self.messages:
            object.__setattr__(self, "input", _last(self.messages, "user"))
            object.__setattr__(self, "response", _last(self.messages, "assistant"))

    @property
    def content_hash(self) -> int:
        """A signed 64-bit hash of what a trainer would see: equal content, equal hash, whoever made it."""
        if self.fields or self.messages or self.tools:
            text = dumps(
                [
                    [self.input, self.response, self.label, self.reasoning],
                    dict(sorted(self.fields.items())),
                    [m.to_json() for m in self.messages],
                    [t.to_json() for t in self.tools],
                ]
            )
        else:
            text = repr((self.input, self.response, self.label, self.reasoning))
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)

    def field_names(self) -> list[str]:
        """The names `text_of` understands for this row."""
        known = ["content", "text", "input", "response", "label", "reasoning", *self.fields]
        return list(dict.fromkeys([*known, *self.metadata.method]))

    def text_of(self, name: str) -> str | None:
        """A named part as text: a field, `input`, `response`, `label`, else what its method noted under that name.

        `content` and `text` mean the response.

        Returns None where the row has no such part; a non-text field is given as JSON.
        """
        if name in self.fields:
            value = self.fields[name]
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        if name in ("content", "text", "response"):
            return self.response
        if name in ("input", "label", "reasoning"):
            found = getattr(self, name)
            return None if found is None else str(found)
        return self.value_of(name)

    def value_of(self, key: str) -> str | None:
        """What the row is, by a key of the recipe's `coverage`: a field of its record, else what its method noted."""
        value = self.fields.get(key, self.metadata.method.get(key))
        return (
            None
            if value is None
            else value
            if isinstance(value, str)
            else json.dumps(value, ensure_ascii=False)
        )

    def to_json(self) -> dict[str, Any]:
        """The record as it is stored and written: empty parts are left out, `id` first."""
        out: dict[str, Any] = {"id": self.id, "input": self.input, "response": self.response}
        if self.label is not None:
            out["label"] = self.label
        if self.fields:
            out["fields"] = dict(self.fields)
        if self.messages:
            out["messages"] = [m.to_json() for m in self.messages]
        if self.reasoning is not None:
            out["reasoning"] = self.reasoning
        if self.tools:
            out["tools"] = [t.to_json() for t in self.tools]
        meta = self.metadata
        out["metadata"] = {
            "generation_method": meta.generation_method,
            "generator_version": meta.generator_version,
            "arm": meta.arm,
            "quality_score": meta.quality_score,
            "review_status": meta.review_status,
        }
        if meta.method:
            out["metadata"]["method"] = dict(meta.method)
        if meta.is_rehearsal:
            out["metadata"]["rehearsal"] = True
        out["trace"] = {
            "parent_id": self.trace.parent_id,
            "parents": list(self.trace.parents),
            "processing_steps": [
                {"name": s.name, "params": dict(s.params)} for s in self.trace.processing_steps
            ],
        }
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sample:
        """Inverse of `to_json`; keys it doesn't know (such as `created_at`) are ignored."""
        meta = dict(data.get("metadata", {}))
        meta["is_rehearsal"] = meta.pop("rehearsal", False)
        trace = data.get("trace", {})
        return cls(
            id=data["id"],
            input=data.get("input", ""),
            response=data.get("response", ""),
            label=data.get("label"),
            fields=data.get("fields", EMPTY),
            messages=tuple(Message.from_json(m) for m in data.get("messages", ())),
            reasoning=data.get("reasoning"),
            tools=tuple(Tool(**t) for t in data.get("tools", ())),
            metadata=Metadata(**meta),
            trace=Trace(
                parents=tuple(trace.get("parents", ())),
                processing_steps=tuple(Step(**s) for s in trace.get("processing_steps", ())),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row that its own arm refused. `reason` is a stable code; `rule` says which rule, in words."""

    id: str
    reason: str
    rule: str = ""
    measured: float | str | None = None
    threshold: float | str | None = None
    text: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one validator says of one sample.

    `score` is in [0, 1], or None where the validator has no grade to give; `reason` is a stable code and is
    set whenever `passed` is False. `validator` is filled in by the core with the recipe's name for it.
    """

    passed: bool
    score: float | None = None
    reason: str | None = None
    measured: float | str | None = None
    threshold: float | str | None = None
    evidence: str | None = None
    validator: str = ""


def _last(messages: Sequence[Message], role: str) -> str:
    return next((m.content for m in reversed(messages) if m.role == role), "")
