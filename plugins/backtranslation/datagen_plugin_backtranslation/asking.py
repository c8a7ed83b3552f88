"""The requests that the questions and their answers take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.row_judge import mark_around
from datagen_core.model import ChatRequest
from datagen_plugin_backtranslation.config import BacktranslationConfig
from datagen_plugin_backtranslation.questions import Order

PACKAGE = "datagen_plugin_backtranslation"
MOST_SHOWN = 20
"""Of the questions asked before, that a prompt shows: the last of them in alphabetical order."""


class Asking:
    """Makes requests out of prompts; chunks and questions stand between marks made of their own hash.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: BacktranslationConfig, inputs: Inputs) -> None:
        self._config = config
        self._prompts = {
            name: packaged(name, getattr(config.prompts, name))
            for name in ("questions", "questions_code", "answer")
        }
        self._told = {"domain": inputs.domain, "task": inputs.task, "language": language_told(inputs)}

    def questions(self, order: Order, temperature: float | None) -> ChatRequest:
        """Asks for the questions of an order."""
        code = {"programming_language": str(order.chunk.row.get("language", ""))} if order.is_code else {}
        messages = self._prompts["questions_code" if order.is_code else "questions"].messages(
            **self._told,
            **_shown(order.chunk),
            **code,
            mark=mark_around(order.chunk.text),
            wanted=list(order.types),
            asked=list(order.before[-MOST_SHOWN:]),
            whole=self._config.answer == "chunk",
        )
        return ChatRequest(messages=messages, max_tokens=self._config.max_tokens, temperature=temperature)

    def answer(self, order: Order, question: str) -> ChatRequest:
        """Asks where the answer of a question stands; at temperature 0."""
        messages = self._prompts["answer"].messages(
            **_shown(order.chunk),
            mark=mark_around(repr((order.chunk.text, question))),
            question=question,
            code=order.is_code,
            max_chars=self._config.max_answer_chars,
        )
        return ChatRequest(messages=messages, max_tokens=self._config.answer_max_tokens, temperature=0.0)

    def try_all(self, chunk: Seed) -> None:
        """Renders each prompt once."""
        for kind in ("text", "code"):
            one = Seed(id=chunk.id, text=chunk.text, row={**chunk.row, "kind": kind})
            order = Order(chunk=one, rows=1, types=self._config.question_types, before=("?",))
            self.questions(order, None)
            self.answer(order, "?")


def packaged(name: str, override: str | None) -> Prompt:
    """A prompt of this package, or the recipe's own with the same variables."""
    return Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")


def language_told(inputs: Inputs) -> str:
    """The language that prompts name: that of a recipe in one language other than English; else "", the text's own."""
    return inputs.languages[0] if len(inputs.languages) == 1 and inputs.languages[0] != "en" else ""


def _shown(chunk: Seed) -> Mapping[str, Any]:
    row = chunk.row
    return {
        "passage": chunk.text,
        "title": str(row.get("title", row.get("document", ""))),
        "headings": list(row.get("headings", ())),
    }
