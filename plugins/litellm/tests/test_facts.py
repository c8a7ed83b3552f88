"""What LiteLLM's tables say of a model, and what options are refused. Nothing asks a server."""

from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_litellm import datagen_models
from datagen_plugin_litellm.chat import LiteLLMModel
from datagen_plugin_litellm.config import LiteLLMConfig
from datagen_plugin_litellm.facts import price_in
from pydantic import ValidationError

from datagen_core.errors import RecipeError
from datagen_core.model import Price
from datagen_core.testing.network import offline

FREE = Price(prompt_per_million=0, completion_per_million=0)
ALL_PARAMETERS = {"n", "seed", "stop", "logprobs"}


def model(full_name: str, **options: Any) -> LiteLLMModel:
    provider, slash, name = full_name.partition("/")
    given = (provider, name) if slash else ("", provider)
    return LiteLLMModel(LiteLLMConfig(provider=given[0], **options), given[1])


def price(full_name: str, **options: Any) -> Price | None:
    with offline() as tried:
        found = model(full_name, **options).price()
    assert not tried
    return found


def capabilities(full_name: str, **options: Any) -> set[str]:
    with offline() as tried:
        found = model(full_name, **options).capabilities()
    assert not tried
    return set(found)


def test_the_hook_declares_the_component_whose_parts_load() -> None:
    (component,) = datagen_models()
    assert component.name == "litellm" and component.serves == ("*",)
    assert component.load_config() is LiteLLMConfig and component.load_impl() is LiteLLMModel


@pytest.mark.parametrize(
    ("name", "prompt", "completion"),
    [
        ("anthropic/claude-sonnet-4-5", 3, 15),
        ("claude-sonnet-4-5", 3, 15),
        ("vertex_ai/claude-sonnet-4-5", 3, 15),
        ("bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0", 3, 15),
        ("openai/gpt-4o-mini", 0.15, 0.6),
        ("gpt-4o-mini", 0.15, 0.6),
        ("openai/text-embedding-3-small", 0.02, 0),
    ],
)
def test_a_model_in_the_table_has_its_price(name: str, prompt: float, completion: float) -> None:
    found = price(name)
    assert found is not None
    assert found.prompt_per_million == pytest.approx(prompt)
    assert found.completion_per_million == pytest.approx(completion)


@pytest.mark.parametrize(
    "name",
    ["m", "nobody/m", "openai/m", "anthropic/claude-99", "anthropic/gpt-4o-mini", "openai/claude-sonnet-4-5"],
)
def test_a_model_that_is_not_in_the_table_has_no_price(name: str) -> None:
    assert price(name) is None


def test_a_price_is_the_recipes_first() -> None:
    given = {"prompt_per_million": 1, "completion_per_million": 2}
    assert price("openai/gpt-4o-mini", price=given) == Price(**given) == price("ollama/m", price=given)


def test_another_address_makes_a_price_unknown_but_for_azure() -> None:
    assert price("openai/gpt-4o-mini", base_url="https://llm.example.org/v1") is None
    assert price("azure/gpt-4o-mini", base_url="https://mine.openai.azure.com") is not None


def test_a_local_server_costs_nothing_on_this_machine_or_its_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OLLAMA_API_BASE", "HOSTED_VLLM_API_BASE"):
        monkeypatch.delenv(variable, raising=False)
    assert price("ollama/llama2") == price("ollama_chat/m") == FREE
    assert price("hosted_vllm/m", base_url="http://10.0.0.5:8000/v1") == FREE
    assert price("hosted_vllm/m") is None  # nowhere
    assert price("ollama/llama2", base_url="https://gpu.example.org") is None
    monkeypatch.setenv("OLLAMA_API_BASE", "https://gpu.example.org")
    assert price("ollama/llama2") is None


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"input_cost_per_token": 1e-6},
        {"output_cost_per_token": 1e-6},
        {"input_cost_per_token": 0, "output_cost_per_token": 0},
        {"input_cost_per_token": "1e-6", "output_cost_per_token": 1e-6},
        {"input_cost_per_token": -1, "output_cost_per_token": 1e-6},
        {"input_cost_per_second": 1},
    ],
)
def test_a_row_that_does_not_tell_a_price_per_token_is_unknown(row: dict[str, Any]) -> None:
    assert price_in(row) is None


def test_an_embedding_is_paid_for_what_is_read() -> None:
    row = {"mode": "embedding", "input_cost_per_token": 1e-6}
    assert price_in(row) == Price(prompt_per_million=1, completion_per_million=0)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("anthropic/claude-sonnet-4-5", {"json_schema", "tools", "stop"}),
        ("claude-sonnet-4-5", {"json_schema", "tools", "stop"}),
        ("openai/gpt-4o-mini", {*ALL_PARAMETERS, "json_schema", "tools"}),
        ("openai/text-embedding-3-small", {"embeddings"}),
        ("text-completion-openai/gpt-3.5-turbo-instruct", {*ALL_PARAMETERS, "completion"}),
        ("openai/m", ALL_PARAMETERS),
        ("ollama_chat/m", {"seed", "stop"}),
        ("m", set()),
        ("nobody/m", set()),
    ],
)
def test_capabilities_are_what_the_tables_say(name: str, found: set[str]) -> None:
    assert capabilities(name) == found


def test_capabilities_are_the_recipes_first() -> None:
    assert capabilities("m", capabilities=["seed"]) == {"seed"}
    assert capabilities("openai/gpt-4o-mini", capabilities=[]) == set()


def test_an_endpoint_is_an_address_or_a_provider_with_its_region() -> None:
    assert model("anthropic/m").endpoint() == "anthropic"
    assert model("m").endpoint() == "litellm"
    assert model("bedrock/m", region="eu-central-1").endpoint() == "bedrock/eu-central-1"
    assert model("openai/m", base_url="http://localhost:1/v1/").endpoint() == "http://localhost:1/v1"


@pytest.mark.parametrize(
    ("name", "region", "parameter"),
    [
        ("bedrock/m", "eu-central-1", "aws_region_name"),
        ("vertex_ai/gemini-2.5-pro", "europe-west4", "vertex_location"),
    ],
)
def test_a_region_goes_out_under_the_providers_name(name: str, region: str, parameter: str) -> None:
    assert model(name, region=region)._destination() == {parameter: region}


def test_a_region_is_refused_where_there_are_none() -> None:
    with pytest.raises(ValidationError, match="takes no region"):
        model("openai/m", region="eu-central-1")


def test_a_model_needs_a_name() -> None:
    with pytest.raises(RecipeError, match="no name"):
        model("openai/ ")


def test_an_address_holds_no_credentials() -> None:
    with pytest.raises(ValidationError, match="base_url"):
        LiteLLMConfig(base_url="http://u:p@host/v1")
