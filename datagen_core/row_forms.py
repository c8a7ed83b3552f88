"""Rows of the forms that trainers read, as samples: chat, ShareGPT, Alpaca, prompt and completion …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def as_sample(seed: Seed) -> Sample:
    """The row of a seed as a sample with the seed's id and label.

    Known are `messages` (OpenAI), `conversations` (ShareGPT), an `instruction`, `prompt`, `question` or `input` with an
    `output`, `response`, `completion` or `answer` (and with `input` or `context`: Alpaca), DataGen's own records, and
    `instances` of Self-Instruct's tasks, of which the first counts. The text of any other row is the response.
    """
    row = seed.row
    if messages := next(filter(None, (_chat(row, column) for column in CHAT_COLUMNS)), None):
        return Sample(id=seed.id, messages=messages, label=seed.label)
    if isinstance(row.get("instances"), Sequence) and row["instances"]:
        row = {"instruction": row.get("instruction"), **_mapping(row["instances"][0])}
    asked = next((name for name in INPUTS if _text(row, name)), None)
    if asked is None:
        return Sample(id=seed.id, response=_first(row, OUTPUTS) or seed.text, label=seed.label)
    more = next((found for name in MORE if name != asked and (found := _text(row, name))), "")
    given = "\n\n".join(filter(None, (_text(row, asked), more)))
    return Sample(id=seed.id, input=given, response=_first(row, OUTPUTS), label=seed.label)


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
        said, by = turn.get(content), turn.get(role)
        if not isinstance(said, str) or not isinstance(by, str):
            return ()
        found.append(Message(role=SPEAKERS.get(by, by), content=said))
    return tuple(found)


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((found for name in names if (found := _text(row, name))), "")


def _text(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name)
    return found.strip() if isinstance(found, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
