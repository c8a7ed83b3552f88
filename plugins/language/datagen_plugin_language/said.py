"""The parts of a row that are judged, and what is read off each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from datagen_core.languages import NO_LANGUAGE, Identified, identify, prose, scripts
from datagen_core.said import parts
from datagen_core.sample import Sample

WEIGHTS: Mapping[str, int] = dict.fromkeys(("HAN", "HIRAGANA", "KATAKANA", "HANGUL"), 2)
"""A sign says as much as several letters: without this, names in Latin outweigh a Chinese sentence around them."""
STRETCHES, STRETCH_CHARS = 10, 500
"""Confidence is highest at some thousand characters; of a repetitive text it falls again with length."""
ROLES: Mapping[str, str] = {"user": "input", "assistant": "response"}
UNSPOKEN = ("tool_calls", "tool")
"""Names and arguments of calls, and what tools answer, are in no language."""


@dataclass(frozen=True)
class Part:
    """A text of a row, with what is told of its prose on first use."""

    name: str
    text: str

    @cached_property
    def plain(self) -> str:
        """The prose: without code, URLs, placeholders, tags and numbers."""
        return prose(self.text)

    @cached_property
    def found(self) -> Identified:
        """The language of the prose; of a long one (5,000 characters), of 10 stretches spread over it."""
        plain = self.plain
        if len(plain) > STRETCHES * STRETCH_CHARS:
            starts = (at * (len(plain) - STRETCH_CHARS) // (STRETCHES - 1) for at in range(STRETCHES))
            plain = " ".join(plain[start : start + STRETCH_CHARS] for start in starts)
        return identify(plain)

    @cached_property
    def scripts(self) -> dict[str, float]:
        """Script → share of the prose's letters, signs counted twice; empty without letters."""
        weighted = {name: share * WEIGHTS.get(name, 1) for name, share in scripts(self.plain).items()}
        total = sum(weighted.values())
        return {name: weight / total for name, weight in weighted.items()}

    @property
    def script(self) -> str:
        """The most frequent script; "" without letters."""
        return max(self.scripts, key=lambda name: self.scripts[name], default="")

    def language(self, min_confidence: float) -> str | None:
        """The language where it can be told, else None."""
        found = self.found
        is_told = found.reason != "short" and found.likeliest not in ("", NO_LANGUAGE)
        return found.likeliest if is_told and found.confidence >= min_confidence else None


def judged(sample: Sample, fields: Sequence[str]) -> list[Part]:
    """The parts of a row that are in a language, or those named."""
    said = [Part(name, text) for name, text in parts(sample) if name.split(" ")[1:2] != ["tool"]]
    said = [part for part in said if " tool_calls" not in part.name]
    return [part for part in said if not fields or any(_is_named(part.name, field) for field in fields)]


def exchanges(sample: Sample) -> list[tuple[Part, Part]]:
    """Each response with its input: of a conversation each assistant message with the user's message before it."""
    if not sample.messages:
        pair = Part("input", sample.input), Part("response", sample.response)
        return [pair] if sample.input and sample.response else []
    found, asked = [], None
    for at, message in enumerate(sample.messages):
        part = Part(f"messages[{at}] {message.role}", message.content)
        if message.role == "user":
            asked = part
        elif message.role == "assistant" and message.content and asked is not None:
            found.append((asked, part))
    return found


def _is_named(name: str, field: str) -> bool:
    """Whether an option's word names a part: `response` is also the assistant's messages, `text` the response."""
    field = "response" if field in ("text", "content") else field
    if name.startswith("messages["):
        role, *reasoning = name.split(" ")[1:]
        return field in (("reasoning",) if reasoning else (role, ROLES.get(role)))
    if name.startswith("fields."):
        rest = name.removeprefix("fields.").removeprefix(field)
        return name.startswith(f"fields.{field}") and rest[:1] in ("", ".", "[")
    return name == field
