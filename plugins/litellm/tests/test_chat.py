"""Calls over LiteLLM's OpenAI client against the scripted server: replies, and every way to fail.

The replies are those that `datagen-plugin-openai` gives for the same answers.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import pickle
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from datagen_plugin_litellm import door
from datagen_plugin_litellm.chat import NO_KEY, LiteLLMModel
from datagen_plugin_litellm.config import LiteLLMConfig

from datagen_core.errors import RecipeError
from datagen_core.model import (
    CAPABILITIES,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    ModelError,
    Reply,
)
from datagen_core.sample import Message, Tool
from datagen_core.testing.model_server import ModelServer
from datagen_core.testing.scripted_replies import Answer, Received

KEY = "sk-very-secret-0123456789"
COLOURS = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}
T = TypeVar("T")


def ask(text: str = "one two three", **more: Any) -> ChatRequest:
    given = {"messages": (Message(role="user", content=text),), "max_tokens": 50, **more}
    return ChatRequest(**given)


def run(
    server: ModelServer,
    use: Callable[[LiteLLMModel], Coroutine[Any, Any, T]],
    name: str = "m",
    **options: Any,
) -> T:
    """What `use` gives with a model at the server, with everything closed afterwards."""

    async def call() -> T:
        model = model_at(server, name, **options)
        try:
            return await use(model)
        finally:
            await model.close()

    return asyncio.run(call())


def model_at(server: ModelServer, name: str = "m", **options: Any) -> LiteLLMModel:
    options = {"base_url": server.base_url, "provider": "openai", "capabilities": CAPABILITIES, **options}
    return LiteLLMModel(LiteLLMConfig(**options), name)


def chat(
    server: ModelServer, request: ChatRequest | None = None, timeout_s: float = 60, **options: Any
) -> Reply:
    return run(server, lambda model: model.chat(request or ask(), timeout_s=timeout_s), **options)


def failure(
    server: ModelServer, request: ChatRequest | None = None, timeout_s: float = 60, **options: Any
) -> ModelError:
    with pytest.raises(ModelError) as caught:
        chat(server, request, timeout_s, **options)
    return caught.value


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """What LiteLLM imports at its first call takes seconds: it is no part of the time-outs below."""
    with ModelServer() as server:
        chat(server)


def answering(status: int, body: Any = "", **headers: str) -> ModelServer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return ModelServer(lambda received: Answer(status=status, body=text, headers=named))


# -- what goes out and comes back ---------------------------------------------------------------------------


def test_a_chat_gives_text_usage_model_and_finish_reason() -> None:
    with ModelServer(["four five"]) as server:
        reply = chat(server)
    assert (reply.choices[0].text, reply.choices[0].finish_reason, reply.model) == ("four five", "stop", "m")
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (3, 2)


def test_parameters_go_over_the_wire_under_openais_names() -> None:
    request = ask(temperature=0.5, top_p=0.9, seed=7, stop=("END",), n=2, extra={"top_k": 4})
    with ModelServer() as server:
        reply = chat(server, request)
        body = dict(server.requests[0].body)
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "one two three"}],
        "max_tokens": 50,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["END"],
        "n": 2,
        "top_k": 4,
    }
    assert len(reply.choices) == 2


def test_a_parameter_that_the_provider_does_not_take_is_an_error_and_nothing_is_sent() -> None:
    with ModelServer() as server:
        error = failure(server, ask(temperature=0.5), name="o3")
        assert server.requests == []
    assert (error.kind, error.may_have_run) == ("capability", False) and "temperature" in str(error)


def test_what_is_not_set_is_not_sent() -> None:
    with ModelServer() as server:
        chat(server)
        assert set(server.requests[0].body) == {"model", "messages", "max_tokens"}


def test_a_schema_is_sent_and_the_answer_satisfies_it() -> None:
    with ModelServer() as server:
        reply = chat(server, ask(json_schema=COLOURS))
        sent = server.requests[0].body["response_format"]
    assert sent == {"type": "json_schema", "json_schema": {"name": "answer", "schema": COLOURS}}
    assert json.loads(reply.choices[0].text)["colour"] in ("red", "blue")


def test_tool_calls_come_back_with_arguments_as_objects() -> None:
    tool = Tool(name="paint", description="Paints.", parameters=COLOURS)
    with ModelServer() as server:
        reply = chat(server, ask(tools=(tool,), extra={"tool_choice": "required"}))
        (sent,) = server.requests[0].body["tools"]
    assert sent == {
        "type": "function",
        "function": {"name": "paint", "description": "Paints.", "parameters": COLOURS},
    }
    choice = reply.choices[0]
    assert choice.finish_reason == "tool_calls" and choice.text == ""
    assert choice.tool_calls[0]["function"]["arguments"]["colour"] in ("red", "blue")


def test_tool_calls_of_a_conversation_go_out_with_arguments_as_text() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "paint", "arguments": {"colour": "grün"}}}
    turns = (
        Message(role="user", content="go"),
        Message(role="assistant", content="", tool_calls=(call,), reasoning_content="hm"),
        Message(role="tool", content="done", name="paint", tool_call_id="c1"),
    )
    with ModelServer() as server:
        chat(server, ask(messages=turns))
        sent = server.requests[0].body["messages"]
    assert sent[1] == {
        "role": "assistant",
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "paint", "arguments": '{"colour": "grün"}'}}
        ],
    }
    assert sent[2] == {"role": "tool", "content": "done", "name": "paint", "tool_call_id": "c1"}


def test_logprobs_come_back_per_token_with_the_alternatives() -> None:
    with ModelServer(["yes sir"]) as server:
        tokens = chat(server, ask(top_logprobs=3)).choices[0].logprobs
        assert server.requests[0].body["logprobs"] is True
    assert [t.token for t in tokens] == ["yes", " sir"]
    assert len(tokens[0].top) == 3 and tokens[0].top["yes"] == tokens[0].logprob < 0


def test_an_answer_cut_by_its_limit_says_length() -> None:
    with ModelServer(["a b c d"]) as server:
        choice = chat(server, ask(max_tokens=2)).choices[0]
    assert (choice.text, choice.finish_reason) == ("a b", "length")


def test_a_refusal_is_a_content_filter_with_its_words() -> None:
    with ModelServer(faults={"refusal": 1}) as server:
        choice = chat(server).choices[0]
    assert choice.finish_reason == "content_filter" and "can't help" in choice.text


def test_a_completion_and_its_logprobs() -> None:
    request = CompletionRequest(prompt="once upon", max_tokens=5, top_logprobs=2, stop=("z",))
    with ModelServer(["a time"]) as server:
        reply = run(server, lambda model: model.complete(request, timeout_s=60))
        received = server.requests[0]
    assert received.path == "/v1/completions"
    wanted = {"model": "m", "prompt": "once upon", "max_tokens": 5, "logprobs": 2, "stop": ["z"]}
    assert received.body == wanted
    assert reply.choices[0].text == "a time" and len(reply.choices[0].logprobs[0].top) == 2


def test_embeddings_come_in_the_order_of_the_texts_and_none_costs_nothing() -> None:
    texts = EmbeddingRequest(texts=("a", "b", "a"))
    with ModelServer() as server:
        found = run(server, lambda model: model.embed(texts, timeout_s=60))
        nothing = run(server, lambda model: model.embed(EmbeddingRequest(texts=()), timeout_s=60))
        assert len(server.requests) == 1
    assert found.vectors[0] == found.vectors[2] != found.vectors[1] and nothing.vectors == ()
    assert found.usage is not None and found.usage.prompt_tokens == 3


def test_vectors_out_of_order_are_put_in_order_by_their_index() -> None:
    rows = [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]
    with answering(200, {"data": rows}) as server:
        assert run(server, lambda m: m.embed(EmbeddingRequest(texts=("a", "b")), timeout_s=60)).vectors == (
            (1.0,),
            (2.0,),
        )


def test_awkward_text_survives_the_way_out_and_back() -> None:
    for text in ('{"a": [1]}\x00 "', "𝕏 日本語 \u202e", "x" * 1_000_000):
        with ModelServer(lambda received: received.body["messages"][0]["content"]) as server:
            assert chat(server, ask(text, max_tokens=10**7)).choices[0].text == text


# -- faults -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind", "may_have_run"),
    [
        ("server_error", "server", False),
        ("rate_limit", "rate_limit", False),
        ("reset", "connection", True),
        ("cut_body", "connection", True),
        ("malformed", "malformed", True),
        ("empty", "malformed", True),
    ],
)
def test_each_fault_has_its_kind_and_may_be_tried_again(fault: str, kind: str, may_have_run: bool) -> None:
    with ModelServer(faults={fault: 1}, retry_after_s=2.5) as server:
        error = failure(server)
        assert bool(server.generations) is may_have_run
    assert (error.kind, error.may_have_run, error.retryable) == (kind, may_have_run, True)
    assert error.retry_after_s == (2.5 if fault == "rate_limit" else None)
    assert error.where == "openai/m"


def test_a_truncated_answer_is_a_reply_that_says_length() -> None:
    with ModelServer(faults={"truncated": 1}) as server:
        assert chat(server).choices[0].finish_reason == "length"


def test_a_hang_ends_at_the_time_out_and_may_have_run() -> None:
    with ModelServer(faults={"hang": 1}) as server:
        error = failure(server, timeout_s=0.05)
    assert (error.kind, error.may_have_run) == ("timeout", True) and "0.05 s" in str(error)


def test_a_server_that_is_not_there_has_run_nothing() -> None:
    with ModelServer() as server:
        pass
    error = failure(server)
    assert (error.kind, error.may_have_run) == ("connection", False)
    assert server.base_url in str(error)


@pytest.mark.parametrize(
    ("status", "kind", "may_have_run"),
    [
        (301, "not_found", False),
        (400, "bad_request", False),
        (401, "auth", False),
        (402, "auth", False),
        (403, "auth", False),
        (404, "not_found", False),
        (408, "timeout", True),
        (413, "bad_request", False),
        (422, "bad_request", False),
        (429, "rate_limit", False),
        (500, "server", False),
        (502, "server", True),
        (503, "server", False),
        (504, "server", True),
        (529, "server", False),
    ],
)
def test_each_status_has_its_kind(status: int, kind: str, may_have_run: bool) -> None:
    with answering(status, {"error": {"message": "the cause"}}) as server:
        error = failure(server)
    assert (error.kind, error.may_have_run) == (kind, may_have_run)
    assert f"status {status}: the cause" in str(error)


def test_a_providers_message_is_cut_at_300_characters() -> None:
    with answering(400, {"error": {"message": "x" * 301}}) as server:
        assert failure(server).message == "status 400: " + "x" * 300


@pytest.mark.parametrize(
    ("code", "said", "hint"),
    [
        (
            "context_length_exceeded",
            "This model's maximum context length is 8192 tokens",
            "shorten the prompt",
        ),
        ("content_policy_violation", "your request was rejected by our safety system", None),
    ],
)
def test_a_prompt_that_is_too_long_or_against_a_policy_is_a_bad_request(
    code: str, said: str, hint: str | None
) -> None:
    with answering(400, {"error": {"message": said, "code": code}}) as server:
        error = failure(server)
    assert error.kind == "bad_request" and said in str(error) and (error.hint or "").startswith(hint or "")


def test_an_account_without_credit_is_not_a_rate_limit() -> None:
    with answering(429, {"error": {"message": "You exceeded", "code": "insufficient_quota"}}) as server:
        error = failure(server)
    assert error.kind == "auth" and not error.retryable


def test_an_error_within_status_200_is_an_error() -> None:
    with answering(200, {"error": {"message": "busy", "code": 429}}) as server:
        assert failure(server).kind == "rate_limit"
    with answering(200, {"error": "it broke"}) as server:
        error = failure(server)
    assert (error.kind, error.may_have_run) == ("server", True)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")  # of LiteLLM
@pytest.mark.parametrize(
    "body",
    [
        *("", "null", "[]", "{}", '{"choices": null}', '{"choices": [{}]}', "<html>", b"\xff\xfe"),
        *('{"choices": [{"message": {"content": 3}}]}', '{"choices": [{"message": null}]}', "[" * 100_000),
    ],
    ids=lambda body: str(body[:40]),
)
def test_any_body_that_is_not_an_answer_is_malformed(body: str | bytes) -> None:
    with answering(200, body) as server:
        error = failure(server)
    assert (error.kind, error.may_have_run) == ("malformed", True)


def test_a_failed_call_is_sent_once() -> None:
    for fault in ("server_error", "rate_limit", "reset", "malformed", "cut_body"):
        with ModelServer(faults={fault: 1}) as server:
            failure(server)
            assert len(server.requests) == 1


# -- capabilities, prices and limits ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capability", "more"),
    [
        ("json_schema", {"json_schema": COLOURS}),
        ("tools", {"tools": (Tool(name="t"),)}),
        ("logprobs", {"top_logprobs": 1}),
        ("n", {"n": 2}),
        ("seed", {"seed": 0}),
        ("stop", {"stop": ("x",)}),
    ],
)
def test_what_the_model_cannot_do_is_said_before_it_is_sent(capability: str, more: dict[str, Any]) -> None:
    with ModelServer() as server:
        error = failure(server, ask(**more), capabilities=())
        assert server.requests == []
        chat(server, ask(**more), capabilities=(capability,))
    assert error.kind == "capability" and capability in str(error) and not error.may_have_run


def test_completions_and_embeddings_are_capabilities_too() -> None:
    with ModelServer() as server:
        for call in (
            lambda m: m.complete(CompletionRequest(prompt="p", max_tokens=1), timeout_s=60),
            lambda m: m.embed(EmbeddingRequest(texts=("t",)), timeout_s=60),
        ):
            with pytest.raises(ModelError, match="has no"):
                run(server, call, capabilities=())
        assert server.requests == []


@pytest.mark.parametrize(
    "name",
    [
        *("max_tokens", "max_completion_tokens", "n", "stream", "model", "messages", "extra_body", "timeout"),
        *("api_key", "api_base", "base_url", "extra_headers", "aws_secret_access_key", "vertex_credentials"),
        *("num_retries", "mock_response", "fallbacks", "caching", "drop_params", "client", "callbacks"),
    ],
)
def test_extra_parameters_set_no_budget_address_key_or_switch(name: str) -> None:
    with ModelServer() as server:
        error = failure(server, ask(extra={name: 1}))
        assert server.requests == []
    assert error.kind == "bad_request" and name in str(error)


def test_a_model_needs_a_name() -> None:
    with pytest.raises(RecipeError, match="no name"):
        LiteLLMModel(LiteLLMConfig(), " ")


# -- keys ---------------------------------------------------------------------------------------------------


def test_a_model_is_checked_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(name: str = "m", **options: Any) -> None:
        LiteLLMModel(LiteLLMConfig(**options), name).check()

    for variable in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ModelError, match="no key: ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN are not set"):
        check(provider="anthropic")
    check(provider="bedrock")  # a role or a profile may sign it in
    check(provider="anthropic", base_url="http://localhost:1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    check(provider="anthropic")


def test_a_key_in_a_variable_of_any_name_is_blotted_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", KEY)
    with answering(400, {"error": {"message": f"what is {KEY}?"}}) as server:
        assert failure(server, api_key_env="MINE").message == "status 400: what is ***?"


def test_the_key_of_the_usual_variable_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer(api_key=KEY) as server:
        monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        assert chat(server, provider="openai", base_url=None).choices


def test_a_providers_key_does_not_go_to_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ModelServer(api_key=NO_KEY) as server:
        assert chat(server).choices
        assert failure(server, api_key_env="OPENAI_API_KEY").kind == "auth"


def test_a_missing_key_is_said_with_its_variable_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENROUTER_API_KEY", "MY_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with ModelServer() as server:
        error = failure(server, provider="openrouter", base_url=None)
        named = failure(server, api_key_env="MY_KEY")
        assert server.requests == []
    assert error.kind == named.kind == "auth" and not error.may_have_run
    assert error.hint == "export OPENROUTER_API_KEY=…" and named.hint == "export MY_KEY=…"


def test_a_wrong_key_is_said_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with ModelServer(api_key="another") as server:
        error = failure(server, api_key_env="MY_KEY")
    assert error.kind == "auth" and error.hint == "export MY_KEY=…"


def test_a_key_with_a_line_break_inside_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key in (f"{KEY}\nX: y", f"{KEY} x", f"{KEY}é"):
        monkeypatch.setenv("MY_KEY", key)
        with ModelServer() as server:
            error = failure(server, api_key_env="MY_KEY")
            assert server.requests == []
        assert error.kind == "auth" and KEY not in str(error)


def test_the_key_is_in_no_error_log_repr_or_pickle(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_KEY", KEY)
    echo = {"error": {"message": f"{'x' * 290} {KEY} is wrong"}}
    servers = [ModelServer(faults={f: 1}) for f in ("reset", "hang", "malformed", "cut_body", "empty")]
    servers += [answering(status, echo) for status in (400, 401, 404, 429, 500)]
    servers += [answering(200, echo), answering(200, f"not JSON {KEY}")]
    for server in servers:
        with server:
            error = failure(server, timeout_s=1, api_key_env="MY_KEY")
            model = model_at(server, api_key_env="MY_KEY")
            texts = [str(error), repr(error), repr(error.args), repr(vars(error)), repr(model)]
            texts += [repr(vars(model)), repr(model.config), repr(pickle.dumps(model)), model.endpoint()]
            assert error.__cause__ is None and error.__context__ is None
            assert server.requests[0].has_key and KEY not in repr(server.requests)
        assert not [text for text in texts if KEY[:8] in text]
    assert KEY[:8] not in caplog.text


# -- one pool -----------------------------------------------------------------------------------------------


def test_calls_in_turn_use_one_connection() -> None:
    async def ten(model: LiteLLMModel) -> None:
        for i in range(10):
            await model.chat(ask(str(i)), timeout_s=60)

    with ModelServer() as server:
        run(server, ten)
        assert (len(server.requests), server.connections) == (10, 1)


def test_raw_completions_in_turn_use_one_connection_and_fail_once() -> None:
    """LiteLLM by itself opens a client for each, and leaves it open."""

    async def some(model: LiteLLMModel) -> None:
        for i in range(3):
            await model.complete(CompletionRequest(prompt=str(i), max_tokens=5), timeout_s=60)

    with ModelServer() as server:
        run(server, some)
        assert (len(server.requests), server.connections) == (3, 1)
    for fault in ("server_error", "rate_limit", "reset"):
        with ModelServer(faults={fault: 1}) as server:
            with pytest.raises(ModelError):
                run(server, some)
            assert len(server.requests) == 1


def test_two_models_share_the_pool_and_the_last_one_closes_it() -> None:
    async def both(server: ModelServer) -> None:
        first, second = model_at(server, "a"), model_at(server, "b")
        await first.chat(ask(), timeout_s=60)
        await second.chat(ask(), timeout_s=60)
        await first.close()
        await second.chat(ask("again"), timeout_s=60)
        assert asyncio.get_running_loop() in door._USERS
        await second.close()
        assert asyncio.get_running_loop() not in door._USERS
        await second.close()

    with ModelServer() as server:
        asyncio.run(both(server))
        assert server.connections == 1


def test_calls_with_other_time_outs_use_the_same_connection() -> None:
    async def some(model: LiteLLMModel) -> None:
        for timeout_s in (33.0, 40.5, 64.0):
            await model.chat(ask(), timeout_s=timeout_s)

    with ModelServer() as server:
        run(server, some)
        assert server.connections == 1


def test_64_calls_go_at_once_over_64_connections_which_the_next_64_use_again() -> None:
    async def twice(model: LiteLLMModel) -> None:
        for turn in range(2):
            calls = (model.chat(ask(f"{turn} {i}"), timeout_s=30) for i in range(64))
            assert len(await asyncio.gather(*calls)) == 64

    with ModelServer(latency_s=0.5) as server:
        run(server, twice)
        assert (server.most_at_once, server.connections, server.generations) == (64, 64, 128)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_model_outlives_its_event_loop_even_unclosed() -> None:
    """Connections of a loop that is gone can't be closed in order: Python warns of their sockets."""
    with ModelServer() as server:
        model = model_at(server)

        async def call() -> Reply:
            return await model.chat(ask(), timeout_s=60)

        assert asyncio.run(call()).choices and asyncio.run(call()).choices

        async def last() -> None:
            await call()
            assert len(door._USERS) == 1  # the dead loops' pools are gone
            await model.close()

        asyncio.run(last())
    assert door._USERS == {}
    gc.collect()  # so that those warnings come here


def test_a_cancelled_call_is_cancelled_and_the_model_works_on() -> None:
    async def cancel(model: LiteLLMModel) -> Reply:
        call = asyncio.create_task(model.chat(ask("hang"), timeout_s=60))
        await asyncio.to_thread(arrived.wait, 10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return await model.chat(ask("go on"), timeout_s=60)

    def faults(received: Received) -> str | None:
        arrived.set()
        return "hang" if "hang" in str(received.body) else None

    arrived = threading.Event()
    with ModelServer(faults=faults) as server:
        assert run(server, cancel).choices


def test_a_failed_call_leaves_the_pool_usable() -> None:
    faults = iter(["reset", "cut_body", "malformed", "hang", None])

    async def on(model: LiteLLMModel) -> list[str]:
        found = []
        for _ in range(4):
            with pytest.raises(ModelError) as caught:
                await model.chat(ask(), timeout_s=1)
            found.append(caught.value.kind)
        await model.chat(ask(), timeout_s=60)
        return found

    with ModelServer(faults=lambda received: next(faults)) as server:
        assert run(server, on) == ["connection", "connection", "malformed", "timeout"]
