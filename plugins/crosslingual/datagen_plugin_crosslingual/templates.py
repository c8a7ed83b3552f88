"""The prompts: packaged, or the recipe's own in their place."""

from __future__ import annotations

import hashlib
from importlib import resources

from datagen_core.llm.prompts import Prompt

PACKAGE = "datagen_plugin_crosslingual"


def prompt(name: str, override: str | None) -> Prompt:
    """The prompt of a name."""
    return Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")


def digest(*names: str) -> str:
    """A hash of the packaged texts."""
    folder = resources.files(PACKAGE) / "prompts"
    texts = [(folder / f"{name}.j2").read_bytes() for name in names]
    return hashlib.blake2b(b"\0".join(texts), digest_size=16).hexdigest()
