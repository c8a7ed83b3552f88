"""The prompts of an operator: files of the package, or a recipe's own texts with the same variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.llm.prompt_files import PromptFiles
from datagen_core.model import ChatRequest

PACKAGE = "datagen_plugin_augment"
JUDGE_TOKENS = 400
TRIED_WITH: Mapping[str, Any] = {
    **dict.fromkeys(("manner", "style", "domain", "source_domain", "task", "complaint", "system"), "x"),
    **dict.fromkeys(("first", "second", "text", "input", "example_input", "example_response"), "x"),
    **{"parts": {"text": "x"}, "keep": ["x"], "others": ["x"], "earlier": {"text": "x"}, "labels": ["x"]},
    "label": "x",
}
"""A value for each variable of each prompt."""


class Prompts(PromptFiles):
    """Prompts by name. What a recipe wrote is tried at once.

    Args:
        names: Of the files `prompts/NAME.j2`.
        own: Name → the recipe's text, if it has one.

    Raises:
        InputError: a text of the recipe's that can't be used.
    """

    def __init__(self, names: Sequence[str], own: Mapping[str, str | None]) -> None:
        super().__init__(PACKAGE, names, own, TRIED_WITH)

    def judging(self, name: str, **values: Any) -> ChatRequest:
        """A judge's request: at temperature 0."""
        return ChatRequest(messages=self.messages(name, **values), max_tokens=JUDGE_TOKENS, temperature=0.0)
