"""Models at every provider that LiteLLM reaches: Anthropic, Gemini, Bedrock, Azure, Cohere …"""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl

BARE_NAMES = {
    "claude-": "anthropic",
    "command-": "cohere_chat",
    "anthropic.": "bedrock",
    "amazon.": "bedrock",
}


@hookimpl
def datagen_models() -> Sequence[Component]:
    """The models of every provider that no other component serves."""
    return [
        Component(
            name="litellm",
            summary="every provider LiteLLM reaches: Anthropic, Gemini, Bedrock, Azure, Cohere …",
            config="datagen_plugin_litellm.config:LiteLLMConfig",
            impl="datagen_plugin_litellm.chat:LiteLLMModel",
            cost="dear",
            serves=("*",),
            bare_names=BARE_NAMES,
        )
    ]
