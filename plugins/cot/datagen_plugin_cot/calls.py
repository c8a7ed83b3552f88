"""The calls that one row takes, one after the other."""

from __future__ import annotations

import itertools
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.refusal import Refusal


class Calls:
    """Asks models for one row of a batch; each call has a number of its own."""

    def __init__(self, request: GenerateRequest, row: int) -> None:
        self._request, self._row = request, row
        self._numbers = itertools.count()

    async def ask(self, alias: str, asked: ChatRequest, schema: AnswerSchema) -> Answer | Refusal:
        """JSON, or why there is none."""
        model = self._request.model(alias).at(row=self._row, attempt=next(self._numbers))
        return await asked_for(model, asked, schema)

    def tuned(self, name: str, value: Any) -> Any:
        """An option's value, unless a tuner chose another for this batch."""
        return self._request.params.get(name, value)
