"""Calls against the scripted server: what every endpoint's model does, and what is this one's own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from datagen_plugin_openai import connections
from datagen_plugin_openai.chat_api import OpenAIModel
from datagen_plugin_openai.config import OpenAIConfig

from datagen_core.errors import RecipeError
from datagen_core.model import ModelError, Price, Reply
from datagen_core.testing import EndpointConformance
from datagen_core.testing.endpoint_answers import KEY, answering, ask
from datagen_core.testing.model_server import ModelServer

T = TypeVar("T")


class TestAtAnEndpoint(EndpointConformance):
    key_variable = "MY_KEY"
    timeout_s = 5

    def model(self, base_url: str) -> OpenAIModel:
        return OpenAIModel(OpenAIConfig(provider="vllm", base_url=base_url, api_key_env="MY_KEY"), "m")


def run(
    server: ModelServer, use: Callable[[OpenAIModel], Coroutine[Any, Any, T]], name: str = "m", **options: Any
) -> T:
    """What `use` gives with a model at the server, with everything closed afterwards."""

    async def call() -> T:
        model = model_at(server, name, **options)
        try:
            return await use(model)
        finally:
            await model.close()

    return asyncio.run(call())


def model_at(server: ModelServer, name: str = "m", **options: Any) -> OpenAIModel:
    options = {"base_url": server.base_url, "provider": "vllm", **options}
    return OpenAIModel(OpenAIConfig(**options), name)


def chat(server: ModelServer, **options: Any) -> Reply:
    return run(server, lambda model: model.chat(ask(), timeout_s=5), **options)


def failure(server: ModelServer, **options: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        chat(server, **options)
    return caught.value


def test_headers_and_organization_are_sent() -> None:
    with ModelServer() as server:
        chat(server, headers={"X-Title": "mine"}, organization="org")
        headers = server.requests[0].headers
    assert headers["x-title"] == "mine" and headers["openai-organization"] == "org"


def test_a_providers_message_is_cut_at_300_characters() -> None:
    with answering(400, {"error": {"message": "x" * 301}}) as server:
        assert failure(server).message == "status 400: " + "x" * 300


def test_a_body_longer_than_any_answer_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datagen_plugin_openai.chat_api.MAX_BODY_BYTES", 1000)
    with answering(200, {"padding": "x" * 5000}) as server:
        error = failure(server)
    assert error.kind == "connection" and error.may_have_run and "longer than 1,000 bytes" in error.message


def test_a_redirect_is_not_followed() -> None:
    with (
        ModelServer() as elsewhere,
        answering(307, Location=f"{elsewhere.base_url}/chat/completions") as server,
    ):
        assert "redirects" in str(failure(server)) and elsewhere.requests == []


# -- capabilities, prices and limits ------------------------------------------------------------------------


def test_openais_own_address_takes_the_new_name_of_the_limit() -> None:
    def field(**options: Any) -> str:
        return OpenAIModel(OpenAIConfig(**options), "o3")._max_tokens_field()

    assert field() == "max_completion_tokens"
    assert field(base_url="https://api.openai.com/v1/") == "max_completion_tokens"
    assert field(base_url="http://localhost:1/v1") == field(provider="ollama") == "max_tokens"
    assert field(provider="groq", max_tokens_field="max_completion_tokens") == "max_completion_tokens"


def test_prices_are_given_or_nothing_for_local_servers_or_unknown() -> None:
    def price(**options: Any) -> Price | None:
        return OpenAIModel(OpenAIConfig(**options), "m").price()

    free = Price(prompt_per_million=0, completion_per_million=0)
    assert price() is None and price(provider="openrouter") is None
    assert price(base_url="https://llm.example.org/v1") is None
    assert price(provider="ollama") == price(provider="vllm", base_url="http://10.0.0.5:8000/v1") == free
    assert price(provider="vllm", base_url="https://gpu.example.org/v1") is None  # someone else's, for money
    assert price(base_url="http://127.0.0.1:4000/v1") is None  # may be a gateway to something with a price
    given = {"prompt_per_million": 1, "completion_per_million": 2}
    assert price(price=given) == Price(**given) == price(provider="ollama", price=given)


def test_a_model_needs_a_name() -> None:
    with pytest.raises(RecipeError, match="no name"):
        OpenAIModel(OpenAIConfig(), " ")


# -- keys ---------------------------------------------------------------------------------------------------


def test_the_key_of_the_usual_variable_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer(api_key=KEY) as server:
        monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        assert chat(server, provider="openai", base_url=None).choices


def test_a_providers_key_does_not_go_to_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ModelServer() as server:
        chat(server, provider="openai")
        chat(server, provider="openai", api_key_env="OPENAI_API_KEY")
        assert [received.has_key for received in server.requests] == [False, True]


def test_a_missing_key_is_said_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    with pytest.raises(ModelError, match="no key: OPENROUTER_API_KEY is not set") as caught:
        OpenAIModel(OpenAIConfig(provider="openrouter"), "m").check()
    assert caught.value.kind == "auth" and caught.value.hint == "export OPENROUTER_API_KEY=…"


# -- one pool -----------------------------------------------------------------------------------------------


def test_two_models_share_the_pool_and_the_last_one_closes_it() -> None:
    async def both(server: ModelServer) -> None:
        first, second = model_at(server, "a"), model_at(server, "b")
        await first.chat(ask(), timeout_s=5)
        await second.chat(ask(), timeout_s=5)
        await first.close()
        await second.chat(ask("again"), timeout_s=5)
        assert asyncio.get_running_loop() in connections._POOLS
        await second.close()
        assert asyncio.get_running_loop() not in connections._POOLS
        await second.close()

    with ModelServer() as server:
        asyncio.run(both(server))
        assert server.connections == 1


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_model_outlives_its_event_loop_even_unclosed() -> None:
    """Connections of a loop that is gone can't be closed in order: Python warns of their sockets."""
    with ModelServer() as server:
        model = model_at(server)

        async def call() -> Reply:
            return await model.chat(ask(), timeout_s=5)

        assert asyncio.run(call()).choices and asyncio.run(call()).choices

        async def last() -> None:
            await call()
            assert len(connections._POOLS) == 1  # the dead loops' pools are gone
            await model.close()

        asyncio.run(last())
    assert connections._POOLS == {}
    gc.collect()  # so that those warnings come here
