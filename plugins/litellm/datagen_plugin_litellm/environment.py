"""What LiteLLM finds in the environment: keys, which are kept nowhere, and addresses of local servers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import MappingProxyType

from datagen_core.llm import keys

KEY_VARIABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
        "cohere_chat": ("COHERE_API_KEY", "CO_API_KEY"),
        "deepseek": ("DEEPSEEK_API_KEY",),
        "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        "groq": ("GROQ_API_KEY",),
        "mistral": ("MISTRAL_API_KEY",),
        "openai": ("OPENAI_API_KEY",),
        "openrouter": ("OPENROUTER_API_KEY",),
        "text-completion-openai": ("OPENAI_API_KEY",),
        "voyage": ("VOYAGE_API_KEY",),
        "xai": ("XAI_API_KEY",),
    }
)
"""Provider → the variables of which LiteLLM needs one. Those with several ways to sign in aren't here."""

SIGN_IN_TOKENS = frozenset({"ANTHROPIC_AUTH_TOKEN"})
"""Variables that hold no key but a token, which LiteLLM sends in a header of its own."""

LOCAL_ADDRESSES: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "ollama": ("OLLAMA_API_BASE", "http://localhost:11434"),
        "ollama_chat": ("OLLAMA_API_BASE", "http://localhost:11434"),
        "hosted_vllm": ("HOSTED_VLLM_API_BASE", None),
        "lm_studio": ("LM_STUDIO_API_BASE", None),
        "llamafile": ("LLAMAFILE_API_BASE", "http://127.0.0.1:8080/v1"),
    }
)
"""Provider that runs on one's own machine → the variable that moves it, and where it is else."""

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)


def local_address(provider: str) -> str | None:
    """Where a provider that runs on one's own machine is, as far as known; None for all others."""
    variable, usual = LOCAL_ADDRESSES.get(provider, ("", None))
    return keys.value_of(variable) or usual if variable else None


def blotted(text: str, *variables: str) -> str:
    """A text without the values of `variables` and of any variable whose name says that it is secret.

    Of all of them, because LiteLLM may have sent any. Short ones stay: they are words.
    """
    return keys.blotted(text, secrets(*variables))


def secrets(*variables: str) -> list[str]:
    """The values that `blotted` blots."""
    values = (
        value.strip() for name, value in os.environ.items() if name in variables or _SECRET.search(name)
    )
    return [value for value in values if len(value) >= keys.MIN_SECRET_CHARS]
