"""Models at any OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter, Gemini …"""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_models() -> Sequence[Component]:
    """The models of OpenAI-compatible endpoints; `providers` lists the prefixes of names it serves."""
    return [
        Component(
            name="openai",
            summary="any OpenAI-compatible endpoint, hosted or local, over one pool of connections",
            config="datagen_plugin_openai.config:OpenAIConfig",
            impl="datagen_plugin_openai.chat_api:OpenAIModel",
            cost="dear",
            attributes={
                "providers": "openai ollama vllm llama-cpp lm-studio openrouter gemini groq together mistral "
                "deepseek fireworks xai cerebras"
            },
        )
    ]
