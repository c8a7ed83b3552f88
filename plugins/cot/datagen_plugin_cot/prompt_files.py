"""The prompts of a generator: files of the package, or a recipe's own texts with the same variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.llm.prompts import Prompt
from datagen_core.sample import Message

PACKAGE = "datagen_plugin_cot"
JUDGES = ("support", "reanswer", "same")
TRIED_WITH: Mapping[str, Any] = {
    **dict.fromkeys(("question", "answer", "given", "passage", "title", "kind", "mark", "complaint"), "x"),
    **dict.fromkeys(("domain", "task", "description"), "x"),
    **dict.fromkeys(("steps", "classes", "avoid", "headings"), ("x",)),
    **{"least": 2, "most": 5, "facts": 2, "earlier": "x"},
    "examples": [{"question": "x", "steps": ["x"], "answer": "x"}],
}
"""A value for each variable of each prompt."""


class Prompts:
    """Prompts by name. What a recipe wrote is tried at once.

    Args:
        names: Of the files `prompts/NAME.j2`.
        own: Name → the recipe's text, if it has one.

    Raises:
        InputError: a text of the recipe's that can't be used.
    """

    def __init__(self, names: Sequence[str], own: Mapping[str, str | None]) -> None:
        self._prompts = {
            name: Prompt.from_package(PACKAGE, name, override=own.get(name), where=f"with.prompts.{name}")
            for name in names
        }
        for name in names:
            if own.get(name):
                self.messages(name, **TRIED_WITH)

    def messages(self, name: str, **values: Any) -> tuple[Message, ...]:
        """A prompt, rendered."""
        return self._prompts[name].messages(**values)
