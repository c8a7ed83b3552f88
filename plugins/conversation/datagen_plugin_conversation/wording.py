"""The prompts of all modes: packaged, or the recipe's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.llm.prompts import Prompt, digest_of
from datagen_plugin_conversation.config import ConversationPrompts

PACKAGE = "datagen_plugin_conversation"
NAMES = tuple(ConversationPrompts.model_fields)
TRIAL: Mapping[str, Any] = {
    "topic": "tides",
    "subtopic": "spring tides",
    "language": "en",
    "beginning": "",
    "count": 2,
    "query": "Why?",
}


def prompts(own: ConversationPrompts) -> dict[str, Prompt]:
    """By name. What a recipe wrote is tried.

    Raises:
        InputError: A template that can't be used.
    """
    out = {}
    for name in NAMES:
        override = getattr(own, name)
        out[name] = Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")
        if override:
            out[name].messages(**{key: TRIAL[key] for key in out[name].variables or ()})
    return out


def digest() -> str:
    """Of the packaged files."""
    return digest_of(PACKAGE, NAMES)
