"""Principles: system prompts that make candidates differ, as in UltraFeedback; each has a file, one variant a line."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import get_args

from datagen_plugin_preference.config import Principle

PACKAGE = "datagen_plugin_preference"
NAMES: tuple[str, ...] = get_args(Principle)


@cache
def variants(principle: str) -> tuple[str, ...]:
    """The wordings of a principle."""
    return tuple(file(principle).read_text("utf-8").splitlines())


def file(principle: str) -> Traversable:
    """Where they stand."""
    return resources.files(PACKAGE) / "prompts" / "principles" / f"{principle}.txt"
