"""The calls that one row takes, one after the other, and what comes of each: an answer, or why there is none."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, EmbeddingRequest, ModelError
from datagen_core.nothing import EMPTY

MAX_KEPT_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a text won't do, as `GenerateRequest.reject` takes it.

    Attributes:
        told: The same for the model that is to write it anew; "" where writing anew wouldn't help.
    """

    reason: str
    rule: str
    measured: float | str | None = None
    threshold: float | str | None = None
    text: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A value that satisfies the schema, or a refusal; `params` tell what was asked."""

    value: Any
    params: Mapping[str, Any] = EMPTY
    refusal: Refusal | None = None


class Calls:
    """Asks the models for one row of a batch; each call has a number of its own."""

    def __init__(self, request: GenerateRequest, row: int) -> None:
        self._request, self._row = request, row
        self._numbers = itertools.count()

    def next(self, alias: str) -> BoundModel:
        """The model for the next call."""
        return self._request.model(alias).at(row=self._row, attempt=next(self._numbers))

    async def write(self, alias: str, asked: ChatRequest, schema: AnswerSchema) -> Answer:
        """What a writer answers; an answer that can't be read has the reader's reason: `not_json` …"""
        return await self._structured(alias, asked, schema, unread="")

    async def judge(self, alias: str, asked: ChatRequest, schema: AnswerSchema) -> Answer:
        """What a judge answers; an answer that can't be read is `judge_unparsed`, measured by the reader's reason."""
        return await self._structured(alias, asked, schema, unread="judge_unparsed")

    async def embed(self, alias: str, texts: Sequence[str]) -> Answer:
        """The vectors of texts."""
        try:
            found = await self.next(alias).embed(EmbeddingRequest(texts=tuple(texts)))
        except ModelError as error:
            return Answer(None, EMPTY, failed(error.kind, error.message))
        return Answer(found.vectors)

    async def _structured(self, alias: str, asked: ChatRequest, schema: AnswerSchema, unread: str) -> Answer:
        model = self.next(alias)
        params = model.mark(asked)
        try:
            answer = await model.structured(asked, schema)
        except ModelError as error:
            return Answer(None, params, failed(error.kind, error.message))
        parsed = answer.parsed
        if not parsed.reason:
            return Answer(parsed.value, params)
        text = answer.text[:MAX_KEPT_CHARS]
        return Answer(None, params, unreadable(parsed.reason, parsed.error, text, unread))


def failed(kind: str, message: str = "") -> Refusal:
    """A call that failed for good: `model_timeout`, `model_bad_request` …"""
    return Refusal(reason=f"model_{kind}", rule="the model call failed", text=message)


def unreadable(reason: str, error: str, text: str, unread: str) -> Refusal:
    """An answer that isn't what was asked for: by its own reason, or `unread` with that reason measured."""
    rule = "an answer as it was asked for"
    if unread:
        return Refusal(reason=unread, rule=rule, measured=reason, text=text)
    return Refusal(reason=reason, rule=rule, measured=error, text=text)


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
