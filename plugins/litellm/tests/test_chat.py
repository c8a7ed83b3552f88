"""Calls over LiteLLM's OpenAI client: what every endpoint's model does, and what is this one's own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from datagen_plugin_litellm import door
from datagen_plugin_litellm.chat import NO_KEY, LiteLLMModel
from datagen_plugin_litellm.config import LiteLLMConfig

from datagen_core.errors import RecipeError
from datagen_core.model import CAPABILITIES, ChatRequest, CompletionRequest, ModelError, Reply
from datagen_core.testing import EndpointConformance
from datagen_core.testing.endpoint_answers import KEY, answering, ask
from datagen_core.testing.model_server import ModelServer

T = TypeVar("T")


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")  # of LiteLLM
class TestAtAnEndpoint(EndpointConformance):
    key_variable = "MY_KEY"
    hang_s = 1.0

    def model(self, base_url: str) -> LiteLLMModel:
        options = {"provider": "openai", "capabilities": CAPABILITIES, "api_key_env": "MY_KEY"}
        return LiteLLMModel(LiteLLMConfig(base_url=base_url, **options), "m")


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


def chat(server: ModelServer, request: ChatRequest | None = None, **options: Any) -> Reply:
    return run(server, lambda model: model.chat(request or ask(), timeout_s=60), **options)


def failure(server: ModelServer, request: ChatRequest | None = None, **options: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        chat(server, request, **options)
    return caught.value


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """What LiteLLM imports at its first call takes seconds: it is no part of the time-outs below."""
    with ModelServer() as server:
        chat(server)


# -- what goes out and comes back ---------------------------------------------------------------------------


def test_a_parameter_that_the_provider_does_not_take_is_an_error_and_nothing_is_sent() -> None:
    with ModelServer() as server:
        error = failure(server, ask(temperature=0.5), name="o3")
        assert server.requests == []
    assert (error.kind, error.may_have_run) == ("capability", False) and "temperature" in str(error)


def test_a_provider_that_litellm_does_not_know_is_not_found() -> None:
    model = LiteLLMModel(LiteLLMConfig(provider="nobody"), "m")
    with pytest.raises(ModelError) as caught:
        asyncio.run(model.chat(ask(), timeout_s=20))
    assert (caught.value.kind, caught.value.may_have_run) == ("not_found", False)


def test_a_usage_of_no_tokens_is_one_that_was_not_told() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}
    about = {"id": "r", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    for usage in ({}, {"usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}}):
        with answering(200, {**about, **usage}) as server:
            assert chat(server).usage is None


# -- faults -------------------------------------------------------------------------------------------------


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


# -- capabilities, prices and limits ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("extra_body", "timeout", "api_key", "api_base", "base_url", "extra_headers"),
        *("aws_secret_access_key", "vertex_credentials"),
        *("num_retries", "mock_response", "fallbacks", "caching", "drop_params", "client", "callbacks"),
    ],
)
def test_extra_parameters_set_no_address_key_or_switch(name: str) -> None:
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


# -- one pool -----------------------------------------------------------------------------------------------


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
