"""Rows of all kinds that the formats are tried on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from datagen_core.exporting import Exported, write_samples
from datagen_core.sample import Message, Sample, Tool

Written = Callable[..., list[dict[str, Any]]]

ADD = Tool(
    name="add",
    description="sum",
    parameters={"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}},
)
FIND = Tool(name="find", parameters={"type": "object", "properties": {"a": {"type": "string"}}})


def call(name: str, identity: str = "", **arguments: Any) -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


PLAIN = Sample(id="plain", input="Capital of Peru?", response="Lima", reasoning="Peru is in South America.")
CHAT = Sample(
    id="chat",
    messages=(
        Message(role="system", content="Be brief."),
        Message(role="user", content="Grüße! 你好?"),
        Message(role="assistant", content="Hello."),
        Message(role="user", content="Bye"),
        Message(role="assistant", content="Farewell.", reasoning_content="They leave."),
    ),
)
TOOLS = Sample(
    id="tools",
    messages=(
        Message(role="user", content="2 + 2, 3 + 3?"),
        Message(
            role="assistant",
            content="",
            tool_calls=(call("add", "x1", a=2, b=2), call("add", "x2", a=3, b=3)),
        ),
        Message(role="tool", content="4", tool_call_id="x1", name="add"),
        Message(role="tool", content="6", tool_call_id="x2", name="add"),
        Message(role="assistant", content="4 and 6"),
    ),
    tools=(ADD, FIND),
)
OTHER_TOOLS = Sample(
    id="other",
    messages=(
        Message(role="user", content="Where is it?"),
        Message(
            role="assistant", content="", tool_calls=(call("find", "y", a="it"),), reasoning_content="I look."
        ),
    ),
    tools=(FIND,),
)
"""The argument `a` is a number in TOOLS and text here; the calls come last."""
CONVERSATIONS = (PLAIN, CHAT, TOOLS, OTHER_TOOLS)
PAIRS = (
    Sample(
        id="pair",
        input="Which one?",
        response="this",
        fields={
            "prompt": [{"role": "system", "content": "Choose."}, {"role": "user", "content": "Which one?"}],
            "chosen": [{"role": "assistant", "content": "this"}],
            "rejected": [{"role": "assistant", "content": "that"}],
        },
    ),
    Sample(
        id="texts",
        input="And now?",
        response="here",
        fields={"prompt": "And now?", "chosen": "here", "rejected": "there"},
    ),
)
RATED = tuple(
    Sample(id=f"rated{at}", fields={"prompt": "Sky?", "completion": text, "label": text == "blue"})
    for at, text in enumerate(("blue", "green"))
)
STEPS = (
    Sample(
        id="steps",
        fields={"prompt": "9.8 or 9.11?", "completions": ["0.8 > 0.11", "so 9.11"], "labels": [True, False]},
    ),
)
LABELLED = Sample(id="labelled", response="play jazz", label="music")


@pytest.fixture
def given() -> SimpleNamespace:
    """Rows by name: a question with its answer, a chat, tools, answers that were judged, a class."""
    return SimpleNamespace(
        plain=PLAIN,
        chat=CHAT,
        tools=TOOLS,
        other_tools=OTHER_TOOLS,
        conversations=CONVERSATIONS,
        pairs=PAIRS,
        rated=RATED,
        steps=STEPS,
        labelled=LABELLED,
    )


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Exported]:
    """Exports samples to `train.jsonl` of the test's folder."""

    def write(samples: Sequence[Sample], format: str, *, skip: bool = False, **options: Any) -> Exported:
        return write_samples(samples, format, tmp_path / "train.jsonl", options, skip=skip)

    return write


@pytest.fixture
def rows(export: Callable[..., Exported], tmp_path: Path) -> Written:
    """The rows that an export wrote."""

    def written(*samples: Sample, format: str, **options: Any) -> list[dict[str, Any]]:
        export(samples, format, **options)
        return [
            json.loads(line) for line in (tmp_path / "train.jsonl").read_text(encoding="utf-8").splitlines()
        ]

    return written
