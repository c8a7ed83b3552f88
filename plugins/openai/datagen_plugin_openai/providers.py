"""Known OpenAI-compatible endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_ALL = "json_schema tools logprobs n seed stop completion embeddings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What is known of an endpoint.

    Attributes:
        base_url: Its address.
        key_variables: Environment variables that may hold its key, the first that is set counts.
        url_variables: Environment variables that move it.
        capabilities: What it takes beyond plain chat; what isn't certain is left out.
        is_local: Runs on one's own machine: needs no key and costs nothing.
        max_tokens_field: How it names the limit of an answer.
    """

    base_url: str
    key_variables: tuple[str, ...] = ()
    url_variables: tuple[str, ...] = ()
    capabilities: frozenset[str]
    is_local: bool = False
    max_tokens_field: str = "max_tokens"


def _hosted(base_url: str, keys: str, capabilities: str) -> Provider:
    return Provider(
        base_url=base_url, key_variables=tuple(keys.split()), capabilities=frozenset(capabilities.split())
    )


def _local(port: int, capabilities: str, *, keys: str = "", urls: str = "") -> Provider:
    return Provider(
        base_url=f"http://localhost:{port}/v1",
        key_variables=tuple(keys.split()),
        url_variables=tuple(urls.split()),
        capabilities=frozenset(capabilities.split()),
        is_local=True,
    )


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "openai": Provider(
            base_url="https://api.openai.com/v1",
            key_variables=("OPENAI_API_KEY",),
            url_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
            # completion: its chat models have none
            capabilities=frozenset(_ALL.split()) - {"completion"},
            # its reasoning models refuse max_tokens, its other ones take both
            max_tokens_field="max_completion_tokens",
        ),
        "ollama": _local(11434, "json_schema tools seed stop completion embeddings", urls="OLLAMA_API_BASE"),
        "vllm": _local(8000, _ALL, keys="VLLM_API_KEY HOSTED_VLLM_API_KEY", urls="HOSTED_VLLM_API_BASE"),
        "llama-cpp": _local(
            8080, "json_schema tools logprobs seed stop completion embeddings", keys="LLAMA_API_KEY"
        ),
        "lm-studio": _local(
            1234,
            "json_schema tools seed stop completion embeddings",
            keys="LM_STUDIO_API_KEY",
            urls="LM_STUDIO_API_BASE",
        ),
        "openrouter": _hosted(
            "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "json_schema tools logprobs seed stop"
        ),
        "gemini": _hosted(
            "https://generativelanguage.googleapis.com/v1beta/openai",
            "GEMINI_API_KEY GOOGLE_API_KEY",
            "json_schema tools n stop embeddings",
        ),
        "groq": _hosted("https://api.groq.com/openai/v1", "GROQ_API_KEY", "json_schema tools seed stop"),
        "together": _hosted(
            "https://api.together.xyz/v1",
            "TOGETHER_API_KEY TOGETHERAI_API_KEY TOGETHER_AI_API_KEY",
            "json_schema tools n seed stop completion embeddings",
        ),
        # mistral: its seed is random_seed, and it refuses fields that it doesn't know
        "mistral": _hosted(
            "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "json_schema tools n stop embeddings"
        ),
        "deepseek": _hosted("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", "tools logprobs stop"),
        "fireworks": _hosted(
            "https://api.fireworks.ai/inference/v1",
            "FIREWORKS_API_KEY FIREWORKS_AI_API_KEY",
            "json_schema tools n stop completion embeddings",
        ),
        "xai": _hosted("https://api.x.ai/v1", "XAI_API_KEY", "json_schema tools n seed"),
        "cerebras": _hosted("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", "json_schema tools seed stop"),
    }
)
"""Prefix of a model's name → its endpoint."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "ollama_chat": "ollama",
        "hosted_vllm": "vllm",
        "lm_studio": "lm-studio",
        "llamacpp": "llama-cpp",
        "together_ai": "together",
        "fireworks_ai": "fireworks",
    }
)
"""LiteLLM's prefixes where they differ."""


def provider_named(prefix: str) -> Provider | None:
    """The provider of a prefix or of LiteLLM's name for it, or None."""
    return PROVIDERS.get(ALIASES.get(prefix, prefix))
