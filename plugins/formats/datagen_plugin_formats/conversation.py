"""The one form that every format derives from: a system message, turns that alternate, tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.refusal import Refusal
from datagen_core.row_forms import CHAT_COLUMNS, as_sample
from datagen_core.sample import Message, Sample, Tool
from datagen_plugin_formats.turns import TURN, one_dialect, read_tools, read_turns

BREAK = "\n\n"
"""Between the texts of turns that become one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation as every consumer wants it.

    Attributes:
        turns: The user first, then the assistant, in turns; a call of tools is followed by all answers to it.
        system: "" for none.
        task: Instruction and input, where the row tells them apart.
        lost: What was there and no format has a place for.
    """

    turns: tuple[Message, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()
    task: tuple[str, str] | None = None
    lost: tuple[str, ...] = ()

    @property
    def is_answered(self) -> bool:
        """Whether the assistant has the last word."""
        last = self.turns[-1]
        return last.role == "assistant" and bool(last.content.strip() or last.tool_calls)

    @property
    def has_calls(self) -> bool:
        """Whether tools are called."""
        return any(turn.tool_calls for turn in self.turns)


def conversation_of(sample: Sample, instruction: str | None = None) -> Conversation | Refusal:
    """A row as a conversation, answered or not: of its messages, its input and response, or its columns.

    Args:
        instruction: What to do with the text of a labelled row, whose label is then the answer.
    """
    fields = sample.fields
    tools = sample.tools or read_tools(fields.get("tools"))
    if isinstance(tools, Refusal):
        return tools
    chat = next((fields[name] for name in CHAT_COLUMNS if fields.get(name)), None)
    if sample.messages or chat is not None:
        turns = sample.messages or read_turns(chat)
        if isinstance(turns, Refusal):
            return turns
        lost = () if sample.messages else _unread(chat)
        turns = _with_system(_with_reasoning(turns, sample.reasoning), fields)
        return canonical(turns, tools, lost=lost)
    said = sample if sample.input else as_sample(Seed(id=sample.id, text="", row=fields))
    if said.input:
        return _pair(sample, said, tools)
    if sample.label is not None and (sample.response.strip() or not fields):
        return _labelled(sample, instruction)
    return Refusal(
        "no_conversation",
        "messages, or an input with a response",
        ", ".join(sample.fields) or "a text alone",
        params={"hint": "-f jsonl writes any row" if fields else "-f trl-text writes texts"},
    )


def canonical(
    turns: Sequence[Message],
    tools: tuple[Tool, ...] = (),
    *,
    task: tuple[str, str] | None = None,
    lost: tuple[str, ...] = (),
) -> Conversation | Refusal:
    """Turns in order: system messages at the beginning and turns of one speaker joined, calls and answers matched.

    Refused is what can't be put in order without leaving something out.
    """
    system: list[str] = []
    out: list[Message] = []
    for given in turns:
        turn = one_dialect(given)
        if isinstance(turn, Refusal):
            return turn
        if turn.role == "system":
            if out:
                return Refusal("late_system", "system messages at the beginning alone")
            system.append(turn.content)
            continue
        refusal = _added(out, turn)
        if refusal is not None:
            return refusal
    if not out:
        return Refusal("no_turns", "at least one turn of the user")
    empty = [
        turn for turn in out[:-1] if turn.role != "tool" and not turn.content.strip() and not turn.tool_calls
    ]
    if empty or (out[-1].role == "user" and not out[-1].content.strip()):
        return Refusal("empty_turn", "turns of the user and the assistant that say something")
    if out[-1].role == "tool":
        return Refusal("tool_last", "an answer of the assistant after that of a tool")
    return Conversation(
        turns=tuple(out), system=BREAK.join(filter(None, system)), tools=tools, task=task, lost=lost
    )


def _added(out: list[Message], turn: Message) -> Refusal | None:
    """Puts a turn at the end, or into the one that is there; the refusal where it can't stand there."""
    last = out[-1] if out else None
    if last is None:
        if turn.role != "user":
            return Refusal("user_not_first", "a conversation that the user begins", turn.role)
    elif turn.role == "tool":
        return _answered(out, turn)
    elif last.role == turn.role and not (last.tool_calls and turn.content.strip()):
        out[-1] = _joined(last, turn)
        return _named(out)
    elif last.tool_calls or (last.role == "tool" and (turn.role == "user" or _open_calls(out))):
        return Refusal("unanswered_call", "an answer to each call, then the assistant", turn.role)
    out.append(turn)
    return _named(out)


def _joined(last: Message, turn: Message) -> Message:
    """Two turns of one speaker as one."""
    thoughts = [last.reasoning_content, turn.reasoning_content]
    return replace(
        last,
        content=BREAK.join(text for text in (last.content, turn.content) if text),
        tool_calls=(*last.tool_calls, *turn.tool_calls),
        reasoning_content=BREAK.join(filter(None, thoughts)) or None,
    )


def _named(out: list[Message]) -> Refusal | None:
    """Gives the calls of the last turn ids, where they have none; refuses ids that come twice."""
    if not out[-1].tool_calls:
        return None
    before = sum(len(turn.tool_calls) for turn in out[:-1])
    calls = tuple(
        {**call, "id": call["id"] or f"call_{before + at}"} for at, call in enumerate(out[-1].tool_calls, 1)
    )
    out[-1] = replace(out[-1], tool_calls=calls)
    if len({call["id"] for call in calls}) < len(calls):
        return Refusal("unread_call", "calls with ids of their own", str(calls[0]["id"]))
    return None


def _answered(out: list[Message], turn: Message) -> Refusal | None:
    """Puts a tool's answer after its call: that of its id, else of its name, else the first one open."""
    fits = [
        call
        for call in _open_calls(out)
        if turn.tool_call_id in (None, call["id"]) and turn.name in (None, call["function"]["name"])
    ]
    if not fits:
        return Refusal(
            "answer_without_call", "answers of tools to calls before them", turn.tool_call_id or turn.name
        )
    out.append(replace(turn, name=fits[0]["function"]["name"], tool_call_id=fits[0]["id"]))
    return None


def _open_calls(out: Sequence[Message]) -> list[Mapping[str, Any]]:
    """The calls of the last turn of the assistant that no tool has answered yet."""
    answered = []
    for turn in reversed(out):
        if turn.role != "tool":
            return [call for call in turn.tool_calls if call["id"] not in answered]
        answered.append(turn.tool_call_id)
    return []


def _pair(sample: Sample, said: Sample, tools: tuple[Tool, ...]) -> Conversation | Refusal:
    """Input and response as turns, after the turns of a history."""
    fields, answer = sample.fields, said.response or sample.response
    turns = [Message(role="user", content=said.input)]
    reasoning = sample.reasoning or _column(fields, "reasoning")
    if answer or reasoning:
        turns.append(Message(role="assistant", content=answer, reasoning_content=reasoning))
    history = _history(fields.get("history"))
    if isinstance(history, Refusal):
        return history
    instruction, more = _column(fields, "instruction"), _column(fields, "input")
    task = (instruction, more) if instruction and more and not sample.messages else None
    return canonical(_with_system((*history, *turns), fields), tools, task=task)


def _labelled(sample: Sample, instruction: str | None) -> Conversation | Refusal:
    if instruction is None:
        return Refusal(
            "labelled",
            "an instruction that says what to do with the text of a labelled row",
            f"the label {sample.label!r}",
            params={"hint": "--set instruction='Name the intent of the text.', or -f jsonl"},
        )
    return canonical(
        [
            Message(role="user", content=BREAK.join(filter(None, (instruction, sample.response)))),
            Message(role="assistant", content=str(sample.label), reasoning_content=sample.reasoning),
        ],
        task=(instruction, sample.response),
    )


def _history(pairs: Any) -> list[Message] | Refusal:
    """Turns of LLaMA-Factory's history: `[[asked, answered], …]`."""
    turns = []
    for pair in pairs if isinstance(pairs, list) else ():
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            return Refusal("unread_history", "a history of pairs of texts", str(pair)[:80])
        turns += [Message(role="user", content=pair[0]), Message(role="assistant", content=pair[1])]
    return turns


def _with_system(turns: Sequence[Message], fields: Mapping[str, Any]) -> tuple[Message, ...]:
    """The turns after the system message of a column, where they begin with none."""
    system = _column(fields, "system")
    if not system or (turns and turns[0].role in ("system", "developer")):
        return tuple(turns)
    return (Message(role="system", content=system), *turns)


def _with_reasoning(turns: Sequence[Message], reasoning: str | None) -> Sequence[Message]:
    """The turns with the row's reasoning at their last, where that is an answer without one."""
    if not reasoning or turns[-1].reasoning_content or turns[-1].role not in ("assistant", "gpt"):
        return turns
    return [*turns[:-1], replace(turns[-1], reasoning_content=reasoning)]


def _unread(turns: Any) -> tuple[str, ...]:
    """What turns of a file say that isn't read, such as `weight`."""
    keys = {key for turn in turns for key, value in turn.items() if key not in TURN and value is not None}
    return tuple(f"{key!r} of turns" for key in sorted(keys))


def _column(fields: Mapping[str, Any], name: str) -> str | None:
    found = fields.get(name)
    return found if isinstance(found, str) and found.strip() else None
