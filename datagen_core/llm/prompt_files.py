"""The prompts of a component by name: files of its package, or a recipe's own texts with the same variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.llm.prompts import Prompt
from datagen_core.sample import Message


class PromptFiles:
    """Prompts by name. What a recipe wrote is tried at once.

    Args:
        package: Whose files they are: `prompts/NAME.j2`.
        names: Of the files.
        own: Name → the recipe's text, if it has one (`with.prompts.NAME`).
        tried_with: A value for each variable of each prompt.

    Raises:
        InputError: a text of the recipe's that can't be used.
    """

    def __init__(
        self, package: str, names: Sequence[str], own: Mapping[str, str | None], tried_with: Mapping[str, Any]
    ) -> None:
        self._prompts = {
            name: Prompt.from_package(package, name, override=own.get(name), where=f"with.prompts.{name}")
            for name in names
        }
        for name in names:
            if own.get(name):
                self.messages(name, **tried_with)

    def messages(self, name: str, **values: Any) -> tuple[Message, ...]:
        """A prompt, rendered."""
        return self._prompts[name].messages(**values)
