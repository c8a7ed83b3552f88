"""OpenAI's JSON and ours, where providers and their client libraries differ."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from datagen_core.llm.openai_format import (
    MALFORMED,
    chat_json,
    chat_reply,
    completion_reply,
    embeddings_of,
    finish_reason,
    is_strict,
    usage_of,
)
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
        ("stop", "stop"),
        ("STOP", "stop"),
        ("end_turn", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("refusal", "content_filter"),
        ("SAFETY", "content_filter"),
        ("error", "other"),
        (None, "other"),
        ("", "other"),
        (3, "other"),
    ],
)
def test_a_finish_reason_is_one_of_ours(found: Any, reason: str) -> None:
    assert finish_reason(found) == reason and reason in FINISH_REASONS


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("hi", "hi"),
        ([{"type": "text", "text": "a"}, {"type": "image"}, {"text": "b"}], "ab"),
    ],
)
def test_a_content_is_text_or_parts_or_nothing(content: Any, text: str) -> None:
    assert chat_reply(choice({"content": content})).choices[0].text == text


def test_a_tool_call_makes_the_finish_reason_whatever_the_server_says() -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    (found,) = chat_reply(choice({"tool_calls": [call]}, "stop")).choices
    assert found.finish_reason == "tool_calls"
    assert found.tool_calls == ({"type": "function", "function": {"name": "f", "arguments": {"a": 1}}},)


@pytest.mark.parametrize("arguments", ['{"a": ', "[1]", "3", "text"])
def test_arguments_that_are_no_object_are_malformed_unless_the_answer_was_cut(arguments: str) -> None:
    message = {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}
    with pytest.raises(ValueError):
        chat_reply(choice(message, "tool_calls"))
    (cut,) = chat_reply(choice(message, "length")).choices
    assert (cut.tool_calls, cut.finish_reason) == ((), "length")


@pytest.mark.parametrize(
    ("found", "usage"),
    [
        (None, None),
        ({}, None),
        ({"prompt_tokens": "3"}, None),
        ({"prompt_tokens": -1}, None),
        ({"prompt_tokens": True, "completion_tokens": 1}, None),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage()),
        ({"prompt_tokens": 3}, Usage(prompt_tokens=3)),
        (SimpleNamespace(prompt_tokens=3, completion_tokens=None), Usage(prompt_tokens=3)),
        ({"prompt_tokens": 3, "completion_tokens": None}, Usage(prompt_tokens=3)),
        (
            {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
            Usage(prompt_tokens=9, completion_tokens=2, cached_tokens=4),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 5},
            Usage(prompt_tokens=9, completion_tokens=2, cached_tokens=5),
        ),
    ],
)
def test_usage_is_whole_numbers_or_unknown(found: Any, usage: Usage | None) -> None:
    assert usage_of(found) == usage


def test_reasoning_is_left_out_of_the_text() -> None:
    (found,) = chat_reply(choice({"content": "four", "reasoning_content": "two and two"})).choices
    assert found.text == "four"


@pytest.mark.parametrize(
    "message",
    [
        {"content": None, "refusal": "I can't."},
        {"content": "", "provider_specific_fields": {"refusal": "I can't."}},
        SimpleNamespace(content=None, refusal=None, provider_specific_fields={"refusal": "I can't."}),
    ],
)
def test_a_refusal_is_found_where_the_provider_or_litellm_puts_it(message: Any) -> None:
    (found,) = chat_reply(choice(message)).choices
    assert (found.text, found.finish_reason) == ("I can't.", "content_filter")


def test_an_empty_refusal_is_none() -> None:
    call = {"function": {"name": "f", "arguments": "{}"}}
    (found,) = chat_reply(choice({"content": None, "refusal": "", "tool_calls": [call]})).choices
    assert found.finish_reason == "tool_calls"


def test_answers_may_be_objects() -> None:
    message = SimpleNamespace(content="hi", tool_calls=None)
    answer = SimpleNamespace(choices=[SimpleNamespace(message=message, finish_reason="stop")], model="m")
    reply = chat_reply(answer)
    assert (reply.choices[0].text, reply.model, reply.usage) == ("hi", "m", None)


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], {}, {"choices": None}, {"choices": []}, {"choices": [{}]}, {"choices": 3}),
        *(choice({"content": 3}), choice({"tool_calls": [{}]}), choice({"tool_calls": [{"function": {}}]})),
        {"choices": [{"message": {"content": "a"}, "logprobs": {"content": [{"token": "a"}]}}]},
    ],
    ids=str,
)
def test_what_is_no_answer_is_malformed(answer: Any) -> None:
    with pytest.raises(MALFORMED):
        chat_reply(answer)


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
        (CLOSED, True),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "additionalProperties": True}, False),
        ({"type": "object", "properties": {}}, False),
        ({**CLOSED, "properties": {"a": {"type": "string", "pattern": "x"}}}, False),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": CLOSED}}}, True),
        ({**CLOSED, "properties": {"a": {"anyOf": [CLOSED, {"type": "object"}]}}}, False),
        ({**CLOSED, "$defs": {"b": {"minLength": 3}}}, False),
    ],
)
def test_only_what_openai_takes_strictly_is_asked_for_strictly(schema: dict[str, Any], strict: bool) -> None:
    request = ChatRequest(messages=(Message(role="user", content=""),), max_tokens=1, json_schema=schema)
    sent = chat_json(request, "m", "max_tokens")["response_format"]["json_schema"]
    assert is_strict(schema) is strict and sent.get("strict", False) is strict
