"""Conversations of several turns: self-chat (Baize), two models (UltraChat), pre-query completion (Magpie)."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The conversation generator; each mode is a preset, and so an arm of its own."""
    modes = (
        ("self-chat", "one call for each seed question: the model writes the whole transcript (Baize)"),
        ("two-model", "a user model and an assistant model take turns (UltraChat)"),
        ("magpie", "an aligned model completes a user's query out of its chat template alone (Magpie)"),
    )
    return [
        Component(
            name="conversation",
            summary="Conversations of several turns: self-chat, two models, or Magpie",
            config="datagen_plugin_conversation.config:ConversationConfig",
            impl="datagen_plugin_conversation.generator:Conversation",
            needs=("model",),
            makes=("chat",),
            cost="dear",
            attributes={"strategy": "conversation"},
            presets=tuple(
                Preset(name=mode, summary=summary, options={"mode": mode}, attributes={"mode": mode})
                for mode, summary in modes
            ),
        )
    ]
