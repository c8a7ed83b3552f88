"""What is asked: the conversation that candidates answer, and the answer that the original has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datagen_core.inputs import Seed
from datagen_core.refusal import Refusal
from datagen_core.row_forms import as_sample
from datagen_core.sample import Message, Sample

MAX_PROMPT_CHARS = 200_000
"""Of all turns; far more than judges read with two candidates beside it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation that ends with the user's turn; `answer` is the original's own, "" where it has none."""

    turns: tuple[Message, ...]
    answer: str = ""

    @property
    def prompt(self) -> str:
        """The user's last turn."""
        return self.turns[-1].content

    def to_json(self) -> list[dict[str, str]]:
        """The turns, role and content alone."""
        return [{"role": turn.role, "content": turn.content} for turn in self.turns]


def asked_of(sample: Sample, form: str) -> Asked | Refusal:
    """What a row asks: its conversation up to the last answer, its input, else its text.

    Rejections: `has_tools`, `no_prompt`, `needs_chat_format` (other turns, where rows are strings), `prompt_too_long`.

    Args:
        form: `chat` or `text`.
    """
    if sample.tools or any(turn.tool_calls or turn.role == "tool" for turn in sample.messages):
        return Refusal("has_tools", "a conversation without tools", text=sample.input)
    turns, answer = _parts(sample)
    text = turns[-1].content if turns else ""
    if not turns or turns[-1].role != "user" or not text.strip():
        return Refusal("no_prompt", "an input, a text, or a conversation that a user's turn ends", text=text)
    if form == "text" and len(turns) > 1:
        rule = "with format: text an original is one turn of the user"
        return Refusal("needs_chat_format", rule, len(turns), 1, text)
    chars = sum(len(turn.content) for turn in turns)
    if chars > MAX_PROMPT_CHARS:
        rule = "characters of all turns"
        return Refusal("prompt_too_long", rule, chars, MAX_PROMPT_CHARS, text)
    return Asked(tuple(Message(role=turn.role, content=turn.content) for turn in turns), answer)


def _parts(sample: Sample) -> tuple[Sequence[Message], str]:
    if sample.messages:
        *before, last = sample.messages
        return (before, last.content) if last.role == "assistant" else (sample.messages, "")
    if not sample.input and sample.fields:  # a record may have the prompt in a column
        record = as_sample(Seed(id=sample.id, text=sample.response, row=sample.fields))
        sample = record if record.input else sample
    if sample.input:
        return (Message(role="user", content=sample.input),), sample.response
    return (Message(role="user", content=sample.response),), ""
