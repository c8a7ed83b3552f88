"""Rows that judge answers: two of which one is better, one that is good or not, one whose steps are right or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datagen_core.refusal import Refusal
from datagen_core.sample import Message, Sample
from datagen_plugin_formats.conversation import Conversation, canonical, conversation_of
from datagen_plugin_formats.turns import one_dialect, read_tools, read_turn, read_turns

ANSWERS = frozenset(
    {"prompt", "chosen", "rejected", "completion", "completions", "labels", "system", "tools"}
)
"""Columns that such rows are read from."""
_PROMPTS = ("prompt", "messages", "conversations", "question", "instruction", "input")


@dataclass(frozen=True, slots=True)
class Preferred:
    """A prompt and two answers to it."""

    prompt: Conversation
    chosen: Message
    rejected: Message


@dataclass(frozen=True, slots=True)
class Rated:
    """A prompt and an answer that is wanted or not."""

    prompt: Conversation
    completion: Message
    label: bool


@dataclass(frozen=True, slots=True)
class Stepwise:
    """A problem and the steps of its solution, each right or not."""

    prompt: str
    completions: tuple[str, ...]
    labels: tuple[bool, ...]


def kind_of(sample: Sample) -> str:
    """`stepwise`, `preference`, `unpaired`, `chat` (whatever may become a conversation), or `text`."""
    fields = sample.fields
    if isinstance(fields.get("completions"), list) and isinstance(fields.get("labels"), list):
        return "stepwise"
    if fields.get("chosen") is not None and fields.get("rejected") is not None:
        return "preference"
    if fields.get("completion") is not None and isinstance(fields.get("label"), bool):
        return "unpaired"
    said = sample.messages or sample.input or sample.label is not None or set(_PROMPTS) & set(fields)
    return "chat" if said or not sample.response.strip() else "text"


def learnt_from(sample: Sample, instruction: str | None = None) -> Conversation | Refusal:
    """A row as a conversation to learn from: of judged answers the chosen one, or one that is wanted."""
    kind = kind_of(sample)
    if kind not in ("preference", "unpaired"):
        return conversation_of(sample, instruction)
    judged = preferred(sample) if kind == "preference" else rated(sample)
    if isinstance(judged, Refusal):
        return judged
    if isinstance(judged, Rated) and not judged.label:
        return Refusal(
            "unwanted_answer", "an answer that is wanted", params={"hint": "-f trl-unpaired holds both"}
        )
    answer = judged.chosen if isinstance(judged, Preferred) else judged.completion
    lost = ("the rejected answer",) if isinstance(judged, Preferred) else ()
    return replace(judged.prompt, turns=(*judged.prompt.turns, answer), lost=lost)


def preferred(sample: Sample) -> Preferred | Refusal:
    """The two answers of a row; a prompt that both begin with counts as one."""
    fields = sample.fields
    if fields.get("chosen") is None or fields.get("rejected") is None:
        return Refusal(
            "no_preference",
            "columns prompt, chosen and rejected",
            ", ".join(fields) or "none",
            params={"hint": "-f chatml writes conversations"},
        )
    answers = [_turns(fields[name]) for name in ("chosen", "rejected")]
    first, second = answers
    if isinstance(first, Refusal) or isinstance(second, Refusal):
        return first if isinstance(first, Refusal) else second  # type: ignore[return-value]
    prompt = _prompt(sample, first[:-1])
    if isinstance(prompt, Refusal):
        return prompt
    before = 0 if len(first) == len(second) == 1 else len(first) - 1
    if len(first) != before + 1 or len(second) != before + 1 or first[:before] != second[:before]:
        return Refusal("no_single_answer", "chosen and rejected that differ in their last turn alone")
    good, bad = _answer(first[-1]), _answer(second[-1])
    if isinstance(good, Refusal) or isinstance(bad, Refusal):
        return good if isinstance(good, Refusal) else bad  # type: ignore[return-value]
    return Preferred(prompt, good, bad)


def rated(sample: Sample) -> Rated | Refusal:
    """The answer of a row and whether it is wanted."""
    label, given = sample.fields.get("label"), sample.fields.get("completion")
    if not isinstance(label, bool) or given is None:
        return Refusal("not_rated", "columns prompt, completion and label, which is true or false")
    turns = _turns(given)
    if isinstance(turns, Refusal) or len(turns) != 1:
        return turns if isinstance(turns, Refusal) else Refusal("no_single_answer", "one turn in completion")
    prompt, answer = _prompt(sample, ()), _answer(turns[0])
    if isinstance(prompt, Refusal) or isinstance(answer, Refusal):
        return prompt if isinstance(prompt, Refusal) else answer  # type: ignore[return-value]
    return Rated(prompt, answer, label)


def stepwise(sample: Sample) -> Stepwise | Refusal:
    """The steps of a row and whether each is right."""
    steps, labels = sample.fields.get("completions"), sample.fields.get("labels")
    if not isinstance(steps, list) or not isinstance(labels, list):
        return Refusal("no_steps", "columns prompt, completions and labels")
    prompt = _prompt(sample, ())
    if isinstance(prompt, Refusal):
        return prompt
    if len(steps) != len(labels) or not all(isinstance(step, str) for step in steps):
        return Refusal(
            "no_steps", "as many labels as completions, which are texts", f"{len(steps)}, {len(labels)}"
        )
    if not steps or not all(isinstance(label, bool) for label in labels):
        return Refusal("no_steps", "steps, and labels that are true or false")
    if len(prompt.turns) > 1 or prompt.system:
        return Refusal("several_turns", "a prompt of one turn, without a system message")
    return Stepwise(prompt.turns[0].content, tuple(steps), tuple(labels))


def _prompt(sample: Sample, common: Sequence[Message]) -> Conversation | Refusal:
    """The prompt of a row: of its column, else what its answers have in common, else its input."""
    fields = sample.fields
    given: Any = next((fields[name] for name in _PROMPTS if fields.get(name)), None)
    tools = sample.tools or read_tools(fields.get("tools"))
    if isinstance(tools, Refusal):
        return tools
    turns: Sequence[Message] | Refusal
    if given is not None and not common:
        turns = (Message(role="user", content=given),) if isinstance(given, str) else read_turns(given)
    else:
        turns = common or sample.messages or (Message(role="user", content=sample.input),)
    if isinstance(turns, Refusal):
        return turns
    system = fields.get("system")
    if isinstance(system, str) and system and turns[0].role != "system":
        turns = (Message(role="system", content=system), *turns)
    made = canonical(turns, tools)
    if isinstance(made, Conversation) and (
        made.turns[-1].role != "user" or not made.turns[0].content.strip()
    ):
        return Refusal("no_prompt", "a prompt that ends with the user", made.turns[-1].role)
    return made


def _turns(given: Any) -> Sequence[Message] | Refusal:
    """An answer, as a text, a turn or turns."""
    if isinstance(given, str):
        return (Message(role="assistant", content=given),)
    if isinstance(given, Mapping):
        read = read_turn(given)
        return read if isinstance(read, Refusal) else (read,)
    return read_turns(given)


def _answer(turn: Message) -> Message | Refusal:
    found = one_dialect(turn)
    if isinstance(found, Message) and found.role != "assistant":
        return Refusal("no_single_answer", "answers of the assistant", found.role)
    if isinstance(found, Message) and found.tool_calls:
        return Refusal("calls_in_answers", "answers that are text")
    return found
