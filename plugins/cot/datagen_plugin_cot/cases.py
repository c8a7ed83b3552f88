"""The question and the answer of a row, and the row with reasoning between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from datagen_core.refusal import Refusal
from datagen_core.sample import Message, Sample
from datagen_plugin_cot.chain import Case

MAX_ROW_CHARS = 500_000
"""A prompt has at most 2,000,000 characters, and JSON may need several for one."""


def case_of(sample: Sample, passage: str, labels: Sequence[str]) -> Case | Refusal:
    """What is to be reasoned about, or why that can't be told.

    The question of a pair is its input, of a conversation all before the last turn, and of a text with a class the
    text; the answer is then the class, out of `labels`.
    """
    chars = len(passage) + len(sample.response) + sum(len(turn.content) for turn in sample.messages)
    if chars + len(sample.input) > MAX_ROW_CHARS:
        return Refusal("row_too_long", "a row that a prompt can hold", chars, MAX_ROW_CHARS)
    if sample.messages and (sample.messages[-1].role != "assistant" or sample.messages[-1].tool_calls):
        return _unfit("a conversation that doesn't end with an answer", sample)
    if not sample.input.strip() and sample.response.strip() and sample.label:
        classes = tuple(dict.fromkeys((*labels, sample.label)))
        return Case(question=sample.response, answer=sample.label, passage=passage, classes=classes)
    for part in ("input", "response"):
        if not getattr(sample, part).strip():
            return _unfit(f"no {part}", sample)
    return Case(question=_asked(sample), answer=sample.response, passage=passage)


def reasoning_of(sample: Sample) -> str:
    """The reasoning that a row has, of a conversation that of its last turn; "" where it has none."""
    said = sample.messages[-1].reasoning_content if sample.messages else None
    return (said or sample.text_of("reasoning") or "").strip()


def with_reasoning(sample: Sample, reasoning: str | None) -> dict[str, Any]:
    """The parts of a row with reasoning, in a conversation in its last turn; None leaves all as it is."""
    names = ("input", "response", "label", "fields", "messages", "reasoning", "tools")
    parts = {name: getattr(sample, name) for name in names}
    if reasoning is None:
        return parts
    if not sample.messages:
        return {**parts, "reasoning": reasoning}
    *before, last = sample.messages
    return {**parts, "messages": (*before, replace(last, reasoning_content=reasoning))}


def _asked(sample: Sample) -> str:
    """The question; of a conversation with more than one turn before the answer each turn with its role."""
    before: Sequence[Message] = sample.messages[:-1]
    if len(before) < 2:
        return sample.input
    return "\n".join(f"{turn.role}: {turn.content}" for turn in before)


def _unfit(why: str, sample: Sample) -> Refusal:
    rule = "a row with a question and its answer, or a text and its class"
    return Refusal("unfit_original", rule, why, text=sample.input or sample.response)
