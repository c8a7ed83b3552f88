"""What a request asks of a model, and whether it has it."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.model import ChatRequest, CompletionRequest, wanted_capabilities
from datagen_core.sample import Message, Tool

GO = (Message(role="user", content="go"),)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        *(({}, []), ({"temperature": 0.5, "top_p": 0.9, "extra": {"top_k": 4}}, [])),
        *(({"json_schema": {}}, ["json_schema"]), ({"tools": (Tool(name="t"),)}, ["tools"])),
        *(({"seed": 0}, ["seed"]), ({"n": 2}, ["n"]), ({"stop": ("x",)}, ["stop"])),
        ({"top_logprobs": 1, "seed": 1}, ["logprobs", "seed"]),
    ],
)
def test_a_request_wants_what_it_asks_beyond_plain_text(asked: dict[str, Any], wanted: list[str]) -> None:
    assert wanted_capabilities(ChatRequest(messages=GO, max_tokens=1, **asked)) == wanted


def test_a_completion_wants_neither_schema_nor_tools() -> None:
    request = CompletionRequest(prompt="go", max_tokens=1, n=2, top_logprobs=1)
    assert wanted_capabilities(request) == ["logprobs", "n"]
