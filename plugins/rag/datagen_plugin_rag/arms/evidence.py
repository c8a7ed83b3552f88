"""Quotes and where they stand: what proves an answer, and which passages it cites."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.quoting import find_quote

_OWN_MARKS = re.compile(r"(?:[ \t]*\[\d{1,2}\])+(?=[.!?。]?\s*\Z)")
_NO_SPACE_AFTER = ("。", "！", "？", "\n")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a passage: `passage.text[start:end]`."""

    passage: Seed
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words, as they stand there."""
        return self.passage.text[self.start : self.end]

    @property
    def span(self) -> list[int]:
        """Where they stand in the document."""
        offset = int(self.passage.row.get("start", 0))
        return [offset + self.start, offset + self.end]

    def to_json(self) -> dict[str, Any]:
        """For a row's method."""
        return {"chunk_id": self.passage.id, "span": self.span, "quote": self.text}


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of an answer, and what proves it; None of a step that needs no proof."""

    text: str
    evidence: Evidence | None


def located(quote: str, passages: Sequence[Seed]) -> Evidence | None:
    """Where a quote stands: in the first passage that holds it literally, white space apart."""
    for passage in passages:
        if (span := find_quote(quote, passage.text)) is not None:
            return Evidence(passage, *span)
    return None


def cited(statements: Sequence[Statement]) -> list[Seed]:
    """The passages that statements are proved by, in the order of their first use."""
    found = {s.evidence.passage.id: s.evidence.passage for s in statements if s.evidence is not None}
    return list(found.values())


def with_marks(statements: Sequence[Statement], numbers: Mapping[str, int]) -> str:
    """The answer, each statement with the number of the passage that proves it: `It rises twice a day. [2]`.

    Args:
        numbers: Chunk id → number; a passage without one isn't marked.
    """
    out = ""
    for statement in statements:
        text = _OWN_MARKS.sub("", statement.text.strip())
        number = statement.evidence and numbers.get(statement.evidence.passage.id)
        said = f"{text} [{number}]" if number else text
        out += _between(out, said) + said
    return out


def _between(before: str, after: str) -> str:
    if not before or before.endswith(_NO_SPACE_AFTER):
        return ""
    return "\n" if "\n" in before or "\n" in after or after.startswith(("- ", "* ")) else " "
