"""The passage that a row was made from, in front of its question or in the system message."""

from __future__ import annotations

from dataclasses import replace

from datagen_core.refusal import Refusal
from datagen_core.sample import Sample
from datagen_core.sources import PASSAGE
from datagen_plugin_formats.conversation import BREAK, Conversation


def with_passage(read: Conversation, sample: Sample, place: str) -> Conversation | Refusal:
    """The conversation with the row's passage; as it is where the passage stands in it already.

    Args:
        place: `input`, before what the user says first, or `system`, after what is there.
    """
    passage = sample.fields.get(PASSAGE, sample.metadata.method.get(PASSAGE))
    if not isinstance(passage, str) or not passage.strip():
        return Refusal(
            "no_passage",
            f"a row with a column {PASSAGE}",
            params={"hint": "datagen apply ARM DOCUMENTS -n N -o FILE writes it; or --set passage=none"},
        )
    passage = passage.strip()
    shown = (turn.content for turn in read.turns if turn.role != "assistant")
    if _stands_in(passage, BREAK.join((read.system, *shown))):
        return read
    if place == "system":
        return replace(read, system=BREAK.join(filter(None, (read.system, passage))))
    first, *others = read.turns
    asked = replace(first, content=BREAK.join((passage, first.content)))
    return replace(read, turns=(asked, *others), task=_task(read, passage))


def _task(read: Conversation, passage: str) -> tuple[str, str] | None:
    """Instruction and input: what the only question is about is its input."""
    if len(read.turns) > 2:
        return read.task
    told, more = read.task or (read.turns[0].content, "")
    return told, BREAK.join(filter(None, (passage, more)))


def _stands_in(passage: str, text: str) -> bool:
    """Whether a text holds a passage: as it is, or all its lines, as where its parts have numbers."""
    return passage in text or _lines(passage) <= _lines(text)


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines()} - {""}
