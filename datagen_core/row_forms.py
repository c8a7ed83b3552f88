"""Rows of the forms that trainers read, as samples: chat, ShareGPT, Alpaca, prompt and completion …"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.sample import Message, Sample

SPEAKERS: Mapping[str, str] = {"human": "user", "gpt": "assistant", "system": "system"}
"""ShareGPT's names of the roles."""
INPUTS = ("instruction", "prompt", "question", "query", "input")
OUTPUTS = ("response", "output", "completion", "answer", "chosen")
TEXT_COLUMNS = ("text", "instruction", "question", "input", "prompt", "response")
"""Columns that may hold what a row is about, as text."""
CHAT_COLUMNS: Mapping[str, tuple[str, str]] = {
    "messages": ("role", "content"),
    "conversations": ("from", "value"),
}
"""Columns that may hold a conversation → the keys of a turn's speaker and text."""
MORE = ("input", "context")
"""Columns of what an instruction is carried out on."""
REASONING = "reasoning"
"""Column of how the answer was come to."""


def as_sample(seed: Seed) -> Sample:
    """The row of a seed as a sample with the seed's id and label.

    Known are `messages` (OpenAI), `conversations` (ShareGPT), an `instruction`, `prompt`, `question` or `input` with an
    `output`, `response`, `completion` or `answer` (and with `input` or `context`: Alpaca), DataGen's own records, and
    `instances` of Self-Instruct's tasks, of which the first counts. The text of any other row is the response. Beside
    all but conversations `reasoning` may stand. White space around a text stays.
    """
    row, told = seed.row, seed.text_column
    if told is None and is_own(row):
        return replace(
            Sample.from_json({**row, "id": seed.id, "metadata": {}, "trace": {}}), label=seed.label
        )
    if told is not None and told not in (*INPUTS, *CHAT_COLUMNS):
        return Sample(id=seed.id, response=seed.text, label=seed.label)
    chats = [column for column in CHAT_COLUMNS if told in (None, column)]
    if messages := next(filter(None, (_chat(row, column) for column in chats)), None):
        return Sample(id=seed.id, messages=messages, label=seed.label)
    if isinstance(row.get("instances"), Sequence) and row["instances"]:
        row = {"instruction": row.get("instruction"), **_mapping(row["instances"][0])}
    asked = told or next((name for name in INPUTS if _text(row, name)), None)
    if asked is None or (told is None and _text(row, "text")):
        said = _text(row, "text") or _first(row, OUTPUTS) or seed.text
        return Sample(id=seed.id, response=said, label=seed.label, reasoning=_text(row, REASONING) or None)
    if asked == "question" and told is None and _text(row, "input").endswith(_text(row, asked)):
        asked = "input"  # which holds the question, and passages before it
    more = next((found for name in MORE if name != asked and (found := _text(row, name))), "")
    given = f"{_text(row, asked).strip()}\n\n{more.strip()}".strip() if more else _text(row, asked)
    thought = _text(row, REASONING) or None
    return Sample(id=seed.id, input=given, response=_first(row, OUTPUTS), label=seed.label, reasoning=thought)


def is_own(row: Mapping[str, Any]) -> bool:
    """Whether DataGen wrote it: a whole record, as in a run's data.jsonl."""
    return all(isinstance(row.get(key), Mapping) for key in ("metadata", "trace")) and "response" in row


def form_of(seeds: Sequence[Seed]) -> str:
    """What rows without classes are: `chat` or `pair` where all are, else `text`."""
    if seeds and all(as_sample(seed).messages for seed in seeds):
        return "chat"
    return "pair" if seeds and all(as_sample(seed).input for seed in seeds) else "text"


def text_in(row: Mapping[str, Any], column: str) -> str:
    """The text of a column: of a conversation what the user says first; "" where there is none."""
    if column in CHAT_COLUMNS:
        return next((m.content for m in _chat(row, column) if m.role == "user"), "")
    found = row.get(column)
    return found if isinstance(found, str) and found.strip() else ""


def _chat(row: Mapping[str, Any], column: str) -> tuple[Message, ...]:
    """The turns of a column as messages; none where any of them isn't one."""
    turns = row.get(column)
    role, content = CHAT_COLUMNS[column]
    if not isinstance(turns, Sequence) or isinstance(turns, str):
        return ()
    found = []
    for turn in map(_mapping, turns):
        said, by = _content(turn, content), turn.get(role)
        if said is None or not isinstance(by, str):
            return ()
        calls = turn.get("tool_calls") or ()
        found.append(
            Message(
                role=SPEAKERS.get(by, by),
                content=said,
                name=turn.get("name"),
                tool_calls=tuple(_call(call) for call in calls if isinstance(call, Mapping)),
                tool_call_id=turn.get("tool_call_id"),
                reasoning_content=_text(turn, "reasoning_content") or None,
            )
        )
    return tuple(found)


def _content(turn: Mapping[str, Any], name: str) -> str | None:
    """A turn's text: of parts those that are text, "" of one that only calls tools; None where it has none."""
    said = turn.get(name)
    if said is None:
        return "" if turn.get("tool_calls") else None
    if isinstance(said, Sequence) and not isinstance(said, str):
        return "\n".join(str(_mapping(part).get("text") or "") for part in said).strip()
    return said if isinstance(said, str) else None


def _call(call: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tool call with its arguments as an object, where they are sent as text."""
    function = dict(_mapping(call.get("function")))
    with contextlib.suppress(ValueError, TypeError):
        function["arguments"] = json.loads(function["arguments"])
    return {**call, "function": function} if function else call


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((found for name in names if (found := _text(row, name))), "")


def _text(row: Mapping[str, Any], name: str) -> str:
    """A column as text, with the white space around it; what is no text is written as JSON, "" where it is blank."""
    found = row.get(name)
    if found is None or isinstance(found, str):
        return found if found and found.strip() else ""
    return json.dumps(found, ensure_ascii=False, default=str)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
