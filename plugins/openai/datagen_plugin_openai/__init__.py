"""Models at any OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter, Gemini …"""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl

SERVES = (
    *(
        "openai",
        "ollama",
        "ollama_chat",
        "vllm",
        "hosted_vllm",
        "llama-cpp",
        "llamacpp",
        "lm-studio",
        "lm_studio",
    ),
    *("openrouter", "gemini", "groq", "together", "together_ai", "mistral", "deepseek", "fireworks"),
    *("fireworks_ai", "xai", "cerebras"),
)
BARE_NAMES = {
    **dict.fromkeys(("gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-"), "openai"),
    "gemini-": "gemini",
    "deepseek-": "deepseek",
    "mistral-": "mistral",
    "grok-": "xai",
}


@hookimpl
def datagen_models() -> Sequence[Component]:
    """The models of OpenAI-compatible endpoints."""
    return [
        Component(
            name="openai",
            summary="any OpenAI-compatible endpoint, hosted or local, over one pool of connections",
            config="datagen_plugin_openai.config:OpenAIConfig",
            impl="datagen_plugin_openai.chat_api:OpenAIModel",
            cost="dear",
            serves=SERVES,
            bare_names=BARE_NAMES,
        )
    ]
