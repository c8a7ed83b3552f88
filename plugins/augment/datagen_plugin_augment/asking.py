"""The calls that one row takes, one after the other, and what comes of each: an answer, or why there is none."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, EmbeddingRequest, ModelError
from datagen_core.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection(Refusal):
    """A refusal that writing anew may mend: `told` is the same for the model that is to do it."""

    told: str


class Calls:
    """Asks the models for one row of a batch; each call has a number of its own."""

    def __init__(self, request: GenerateRequest, row: int) -> None:
        self._request, self._row = request, row
        self._numbers = itertools.count()

    def next(self, alias: str) -> BoundModel:
        """The model for the next call."""
        return self._request.model(alias).at(row=self._row, attempt=next(self._numbers))

    async def write(self, alias: str, asked: ChatRequest, schema: AnswerSchema) -> Answer | Refusal:
        """What a writer answers; an answer that can't be read has the reader's reason: `not_json` …"""
        return await asked_for(self.next(alias), asked, schema)

    async def judge(self, alias: str, asked: ChatRequest, schema: AnswerSchema) -> Answer | Refusal:
        """What a judge answers; an answer that can't be read is `judge_unparsed`, measured by the reader's reason."""
        found = await asked_for(self.next(alias), asked, schema)
        return of_judge(found) if isinstance(found, Refusal) else found

    async def embed(self, alias: str, texts: Sequence[str]) -> Sequence[Sequence[float]] | Refusal:
        """The vectors of texts."""
        try:
            return (await self.next(alias).embed(EmbeddingRequest(texts=tuple(texts)))).vectors
        except ModelError as error:
            return Refusal.failed(error)


def of_judge(refusal: Refusal) -> Refusal:
    """The refusal as it is where the call failed; else `judge_unparsed`, measured by its reason."""
    if refusal.reason.startswith("model_"):
        return refusal
    return replace(refusal, reason="judge_unparsed", measured=refusal.reason)


@cache
def texts_schema(names: tuple[str, ...]) -> AnswerSchema:
    """An object with a text for each part."""
    return closed({name: {"type": "string"} for name in names})


def closed(properties: Mapping[str, Any]) -> AnswerSchema:
    """An object with just these properties."""
    return AnswerSchema(
        {
            "type": "object",
            "properties": dict(properties),
            "required": list(properties),
            "additionalProperties": False,
        }
    )
