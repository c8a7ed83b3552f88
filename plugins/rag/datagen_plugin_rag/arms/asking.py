"""The prompts of the arms, and the forms of their replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.answerability import asked, own_prompt
from datagen_core.llm.brief import brief
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.row_judge import mark_around
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_plugin_rag.arms.config import TYPES, RagConfig
from datagen_plugin_rag.arms.context import place_of
from datagen_plugin_rag.arms.drafts import Draft

PACKAGE = "datagen_plugin_rag"
PROMPTS = (
    "question",
    "question_code",
    "question_multi_hop",
    "question_unanswerable",
    "answer",
    "answer_reasoned",
)
MAX_CHARS = 1_500_000
"""Of the passages in one prompt, which has 2,000,000 at most; no model reads as many."""
MAX_BEFORE = 20


def _object(**parts: Any) -> dict[str, Any]:
    return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}


def _texts(most: int, least: int = 1) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most}


_QUOTE = {"type": "string", "description": "copied from a passage"}
QUESTION = AnswerSchema(_object(question=_texts(1_000)))
ANSWER = AnswerSchema(
    _object(statements={"type": "array", "maxItems": 20, "items": _object(quote=_QUOTE, text=_texts(4_000))})
)
REASONED = AnswerSchema(
    _object(
        steps={
            "type": "array",
            "minItems": 1,
            "maxItems": 12,
            "items": _object(thought=_texts(2_000), quote=_QUOTE),
        },
        answer=_texts(4_000),
    )
)


class Asking:
    """Makes the requests. Prompts that a recipe wrote are tried at once: InputError for one that can't be used."""

    def __init__(self, config: RagConfig, inputs: Inputs) -> None:
        self._config, self._told = config, brief(inputs)
        self._prompts = {
            name: Prompt.from_package(
                PACKAGE, name, override=getattr(config.prompts, name), where=f"with.prompts.{name}"
            )
            for name in PROMPTS
        }
        for name in config.prompts.model_fields_set & set(PROMPTS):
            self._messages(name, [Seed(id="", text="…")], "…", "en", "factual", ())
        self.check = own_prompt(config.prompts.answerable, where="with.prompts.answerable")
        asked("…", ["…"], self.check)

    def question(self, name: str, draft: Draft, temperature: float | None) -> ChatRequest:
        """Asks for a draft's question, by the prompt of this name."""
        messages = self._messages(
            name, draft.hops, "", draft.language, draft.question_type, draft.before[-MAX_BEFORE:]
        )
        return ChatRequest(messages=messages, max_tokens=self._config.max_tokens, temperature=temperature)

    def answer(self, name: str, question: str, passages: Sequence[Seed], language: str) -> ChatRequest:
        """Asks for an answer from passages, by the prompt of this name."""
        messages = self._messages(name, passages, question, language, "", ())
        return ChatRequest(
            messages=messages, max_tokens=self._config.max_tokens, temperature=self._config.answer_temperature
        )

    def _messages(
        self,
        name: str,
        passages: Sequence[Seed],
        question: str,
        language: str,
        question_type: str,
        before: Sequence[str],
    ) -> Any:
        shown: list[Mapping[str, str]] = [{"place": place_of(one), "text": one.text} for one in passages]
        return self._prompts[name].messages(
            **self._told,
            passages=shown,
            question=question,
            language=language,
            wish=TYPES.get(question_type, f"is of the type {question_type}"),
            before=list(before),
            mark=mark_around(repr((shown, question))),
        )
