"""The prompts: packaged, or the recipe's own in their place."""

from __future__ import annotations

from datagen_core.llm.prompts import Prompt, digest_of

PACKAGE = "datagen_plugin_crosslingual"


def prompt(name: str, override: str | None) -> Prompt:
    """The prompt of a name."""
    return Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")


def digest(*names: str) -> str:
    """A hash of the packaged texts."""
    return digest_of(PACKAGE, names)
