"""Which endpoints are known, what of them is read from the environment, and what options are refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
from datagen_plugin_openai import datagen_models
from datagen_plugin_openai.chat_api import OpenAIModel
from datagen_plugin_openai.config import OpenAIConfig
from datagen_plugin_openai.providers import ALIASES, PROVIDERS, provider_named
from pydantic import ValidationError

from datagen_core.errors import RecipeError
from datagen_core.llm.addresses import is_loopback
from datagen_core.model import CAPABILITIES


def test_the_hook_declares_the_component_whose_parts_load() -> None:
    (component,) = datagen_models()
    assert component.name == "openai"
    assert component.load_config() is OpenAIConfig and component.load_impl() is OpenAIModel


def test_the_component_serves_the_providers_there_are_under_all_their_names() -> None:
    (component,) = datagen_models()
    assert set(component.serves) == {*PROVIDERS, *ALIASES}
    assert set(component.bare_names.values()) <= set(PROVIDERS)


def test_declaring_imports_no_client() -> None:
    code = (
        "import sys, datagen_plugin_openai as p; p.datagen_models();"
        "print({'aiohttp', 'pydantic', 'yarl'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_is_local_without_needing_a_key_or_hosted_with_a_variable_for_it(name: str) -> None:
    provider = PROVIDERS[name]
    assert is_loopback(provider.base_url) is provider.is_local
    assert provider.is_local or provider.key_variables
    assert provider.base_url.startswith("http://localhost:" if provider.is_local else "https://")
    assert provider.capabilities <= set(CAPABILITIES)
    assert OpenAIModel(OpenAIConfig(provider=name), "m").endpoint() == provider.base_url


def test_litellms_names_of_providers_are_known() -> None:
    assert {provider_named(alias) for alias in ALIASES} <= set(PROVIDERS.values())
    assert provider_named("ollama_chat") is PROVIDERS["ollama"] and provider_named("nobody") is None


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ("http://gpu:11434", "http://gpu:11434/v1"),
        ("http://gpu:11434/", "http://gpu:11434/v1"),
        ("http://gpu/v2/", "http://gpu/v2"),
    ],
)
def test_a_variable_moves_an_endpoint(given: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_BASE", given)
    assert OpenAIModel(OpenAIConfig(provider="ollama"), "m").endpoint() == endpoint
    here = OpenAIConfig(provider="ollama", base_url="http://localhost:1/v1/")
    assert OpenAIModel(here, "m").endpoint() == "http://localhost:1/v1"


def test_a_variable_that_holds_no_address_is_said_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_BASE", "http://user:secret@gpu")
    with pytest.raises(RecipeError, match="OLLAMA_API_BASE") as caught:
        OpenAIModel(OpenAIConfig(provider="ollama"), "m")
    assert "secret" not in str(caught.value)


def test_an_address_holds_no_credentials() -> None:
    with pytest.raises(ValidationError, match="base_url"):
        OpenAIConfig(base_url="http://u:p@host/v1")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "x"},
        {"X-API-Key": "x"},
        {"api-key": "x"},
        {"X": "a\r\nY: b"},
        {"X Y": "a"},
        {"": "a"},
    ],
)
def test_headers_hold_no_key_and_are_one_line_each(headers: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="headers"):
        OpenAIConfig(headers=headers)


def test_an_unknown_provider_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValidationError, match="openrouter"):
        OpenAIConfig(provider="opanai")
