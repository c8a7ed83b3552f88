"""LiteLLM's answers as ours, and how long an endpoint asks to wait."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from datagen_plugin_litellm.environment import blotted
from datagen_plugin_litellm.failures import retry_after_s
from datagen_plugin_litellm.replies import (
    chat_reply,
    completion_reply,
    embeddings_of,
    finish_reason,
    usage_of,
)
from datagen_plugin_litellm.wire import chat_arguments, is_strict

from datagen_core.model import FINISH_REASONS, ChatRequest, Usage
from datagen_core.sample import Message

CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


def choice(message: dict[str, Any], reason: str | None = "stop") -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": reason}]}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        *(("stop", "stop"), ("end_turn", "stop"), ("length", "length"), ("MAX_TOKENS", "length")),
        *(
            ("function_call", "tool_calls"),
            ("content_filter", "content_filter"),
            ("refusal", "content_filter"),
        ),
        *(("error", "other"), (None, "other"), ("", "other"), (3, "other")),
    ],
)
def test_a_finish_reason_is_one_of_ours(found: Any, reason: str) -> None:
    assert finish_reason(found) == reason and reason in FINISH_REASONS


@pytest.mark.parametrize(
    ("found", "usage"),
    [
        *((None, None), ({}, None), ({"prompt_tokens": "3"}, None), ({"prompt_tokens": -1}, None)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, None),  # what LiteLLM makes of a usage that isn't told
        ({"prompt_tokens": 3}, Usage(prompt_tokens=3)),
        (SimpleNamespace(prompt_tokens=3, completion_tokens=None), Usage(prompt_tokens=3)),
        (
            {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
            Usage(prompt_tokens=9, completion_tokens=2, cached_tokens=4),
        ),
    ],
)
def test_usage_is_whole_numbers_or_unknown(found: Any, usage: Usage | None) -> None:
    assert usage_of(found) == usage


@pytest.mark.parametrize("arguments", ['{"a": ', "[1]", "3", "text"])
def test_arguments_that_are_no_object_are_malformed_unless_the_answer_was_cut(arguments: str) -> None:
    message = {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}
    with pytest.raises(ValueError):
        chat_reply(choice(message, "tool_calls"))
    (cut,) = chat_reply(choice(message, "length")).choices
    assert (cut.tool_calls, cut.finish_reason) == ((), "length")


def test_a_tool_call_makes_the_finish_reason_whatever_the_provider_says() -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    (found,) = chat_reply(choice({"tool_calls": [call]}, "stop")).choices
    assert found.finish_reason == "tool_calls"
    assert found.tool_calls == ({"type": "function", "function": {"name": "f", "arguments": {"a": 1}}},)


def test_reasoning_is_left_out_of_the_text() -> None:
    (found,) = chat_reply(choice({"content": "four", "reasoning_content": "two and two"})).choices
    assert found.text == "four"


def test_a_token_without_logprob_is_left_out() -> None:
    logprobs = {"tokens": ["a", "b"], "token_logprobs": [None, -1], "top_logprobs": None}
    (found,) = completion_reply({"choices": [{"text": "ab", "logprobs": logprobs}]}).choices
    assert [(t.token, t.logprob, dict(t.top)) for t in found.logprobs] == [("b", -1.0, {})]


def test_too_few_vectors_are_malformed() -> None:
    with pytest.raises(ValueError, match="1 vectors for 2 texts"):
        embeddings_of({"data": [{"embedding": [1]}]}, 2)


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        *((CLOSED, True), ({**CLOSED, "required": []}, False), ({"type": "object", "properties": {}}, False)),
        ({**CLOSED, "properties": {"a": {"type": "string", "pattern": "x"}}}, False),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": CLOSED}}}, True),
    ],
)
def test_only_what_openai_takes_strictly_is_asked_for_strictly(schema: dict[str, Any], strict: bool) -> None:
    request = ChatRequest(messages=(Message(role="user", content=""),), max_tokens=1, json_schema=schema)
    sent = chat_arguments(request)["response_format"]["json_schema"]
    assert is_strict(schema) is strict and sent.get("strict", False) is strict


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        *(({}, None), ({"retry-after": "3"}, 3.0), ({"retry-after": "0.25"}, 0.25)),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:27:00 GMT"}, 0.0),
        ({"retry-after-ms": "500", "retry-after": "1"}, 0.5),
        ({"retry-after-ms": "soon", "retry-after": "1"}, 1.0),
        *(({"retry-after": text}, None) for text in ("soon", "-1", "nan", "inf")),
    ],
)
def test_a_wait_is_in_seconds_milliseconds_or_until_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers, now=1445412480.0) == seconds  # 2015-10-21 07:28:00 UTC


def test_secrets_of_the_environment_are_blotted_out_and_short_ones_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abcdefgh12345678")
    monkeypatch.setenv("A_TOKEN", "the")
    monkeypatch.setenv("A_PLACE", "somewhere else")
    text = "the secret abcdefgh12345678 is somewhere else"
    assert blotted(text) == "the secret *** is somewhere else"
    assert blotted(text, "A_PLACE") == "the secret *** is ***"
