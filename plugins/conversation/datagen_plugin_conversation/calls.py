"""The calls of one row, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.spoken import spoken
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import ChatRequest, CompletionRequest, Reply
from datagen_core.nothing import EMPTY


@dataclass(frozen=True, slots=True)
class Said:
    """A reply without what models put around it.

    Attributes:
        fault: "", or why it can't be a turn: `empty_answer`, `refused` (by the provider), `truncated_answer`.
        by: Who wrote it: alias, model and the prompt's hash.
    """

    text: str
    fault: str
    by: Mapping[str, Any]


class Calls:
    """Asks models for one row; each call has an attempt number of its own.

    Attributes:
        params: What the last call for a turn was told.
    """

    def __init__(self, request: GenerateRequest, row: int) -> None:
        self._request, self._row, self._attempt = request, row, 0
        self.params: Mapping[str, Any] = EMPTY

    def can(self, alias: str, capability: str) -> bool:
        """Whether a model has a capability."""
        return self._request.model(alias).can(capability)

    async def chat(self, alias: str, asked: ChatRequest) -> Said:
        """An answer; raises ModelError."""
        model = self._next(alias)
        self.params = model.mark(asked)
        return self._said(alias, await model.chat(asked))

    async def complete(self, alias: str, asked: CompletionRequest) -> Said:
        """A continuation up to the first of the stop strings; raises ModelError."""
        model = self._next(alias)
        self.params = model.mark(asked)
        return self._said(alias, await model.complete(asked))

    async def structured(self, alias: str, asked: ChatRequest, schema: AnswerSchema) -> StructuredAnswer:
        """JSON about the row; raises ModelError. It isn't a turn: `params` stay."""
        return await self._next(alias).structured(asked, schema)

    def _next(self, alias: str) -> BoundModel:
        model = self._request.model(alias).at(row=self._row, attempt=self._attempt)
        self._attempt += 1
        return model

    def _said(self, alias: str, reply: Reply) -> Said:
        choice = reply.choices[0]
        text = spoken(choice.text)
        by = {"by": alias, "model": self.params["model"], "prompt": self.params["prompt"]}
        if choice.finish_reason == "content_filter":
            return Said(text, "refused", by)
        if choice.finish_reason == "length":
            return Said(text, "truncated_answer", by)
        return Said(text, "" if text else "empty_answer", by)
