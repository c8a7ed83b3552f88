"""What LiteLLM's tables say of a model: its price and its capabilities. Looks up; never asks a server.

LiteLLM's own `get_model_info` asks an Ollama server, and its `completion_cost` of an unknown model is 0.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from datagen_core.model import Price
from datagen_core.nothing import EMPTY
from datagen_plugin_litellm import door

RAW_COMPLETION = frozenset({"openai", "text-completion-openai", "azure_text", "text-completion-codestral"})
"""Providers whose completion endpoint LiteLLM calls; for all others it makes a chat of the prompt."""

_KIN = {
    "bedrock_converse": "bedrock",
    "cohere_chat": "cohere",
    "ollama_chat": "ollama",
    "azure_text": "azure",
}
"""Providers that LiteLLM's table knows under two names."""


def full_name(provider: str, name: str) -> str:
    """The model as LiteLLM names it."""
    return f"{provider}/{name}" if provider else name


@lru_cache(maxsize=1024)
def provider_of(provider: str, name: str) -> str | None:
    """The provider that LiteLLM would call; None where it knows none."""
    litellm = door.library()
    try:
        return str(litellm.get_llm_provider(full_name(provider, name))[1])
    except Exception:  # it raises BadRequestError, and other things for odd names: all say that it knows none
        return None


@lru_cache(maxsize=1024)
def entry(provider: str, name: str, region: str | None = None) -> Mapping[str, Any]:
    """The model's row in LiteLLM's table; empty where it has none.

    Looked for under `provider/region/name`, `provider/name` and `name`, the last only if it is that provider's.
    """
    table = door.library().model_cost
    called = provider_of(provider, name)
    own = name.removeprefix(f"{called}/")
    keys = [full_name(provider, name), f"{called}/{own}", own]
    for key in [f"{called}/{region}/{own}", *keys] if region else keys:
        row = table.get(key)
        if row is not None and _is_of(row, called):
            return dict(row)
    return EMPTY


def _is_of(row: Mapping[str, Any], provider: str | None) -> bool:
    """Whether a row is of a provider: `vertex_ai-anthropic_models` is of `vertex_ai`."""
    found = str(row.get("litellm_provider", ""))
    family = _KIN.get(provider or "", provider)
    return _KIN.get(found, found) == family or found.startswith(f"{provider}-")


def price_in(row: Mapping[str, Any]) -> Price | None:
    """The price in a row; None where it isn't per token, or is nothing for both: unknown is not free."""
    prompt, completion = row.get("input_cost_per_token"), row.get("output_cost_per_token")
    if row.get("mode") == "embedding" and completion is None:
        completion = 0.0
    if not all(isinstance(cost, int | float) and cost >= 0 for cost in (prompt, completion)):
        return None
    price = Price(prompt_per_million=prompt * 1e6, completion_per_million=completion * 1e6)  # type: ignore[operator]
    return price if prompt or completion else None


@lru_cache(maxsize=1024)
def capabilities(provider: str, name: str) -> frozenset[str]:
    """What LiteLLM's tables say that a model can do; what they don't know of it is left out."""
    called = provider_of(provider, name)
    if called is None:
        return frozenset()
    row, takes = entry(provider, name), _parameters(called, name)
    if row.get("mode") == "embedding":
        return frozenset({"embeddings"})
    found = {
        "json_schema": "response_format" in takes and row.get("supports_response_schema") is True,
        "tools": "tools" in takes and row.get("supports_function_calling") is True,
        "logprobs": {"logprobs", "top_logprobs"} <= takes,
        "n": "n" in takes,
        "seed": "seed" in takes,
        "stop": "stop" in takes,
        "completion": row.get("mode") == "completion" and called in RAW_COMPLETION,
    }
    return frozenset(word for word, is_there in found.items() if is_there)


def _parameters(provider: str, name: str) -> set[str]:
    litellm = door.library()
    try:
        return set(litellm.get_supported_openai_params(model=name, custom_llm_provider=provider) or ())
    except Exception:  # for some providers it looks at the model's name, and fails on what it doesn't know
        return set()
