"""The calls of one round of a row, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import ChatRequest, Choice
from datagen_plugin_evol_instruct.config import EvolutionConfig

MOST_IN_A_ROUND = 3
"""Evolve, judge, answer."""


class Calls:
    """Asks models for one round of a row; each call has an attempt number of its own.

    Attributes:
        prompts: The hashes of the prompts so far, by what they were for.
    """

    def __init__(self, request: GenerateRequest, *, row: int, round_number: int, operation: str) -> None:
        self._request, self._row = request, row
        self._attempt = (round_number - 1) * MOST_IN_A_ROUND
        self._last: dict[str, Any] = {}
        self._told = {"round": round_number, "operation": operation}
        self.prompts: dict[str, str] = {}

    @property
    def params(self) -> Mapping[str, Any]:
        """What the last call was told, and what the others' prompts were."""
        earlier = {f"{name}_prompt": digest for name, digest in [*self.prompts.items()][:-1]}
        return {**self._last, **self._told, **earlier}

    def sampling(self, config: EvolutionConfig) -> dict[str, Any]:
        """Temperature and top_p: the options', unless a tuner chose others."""
        names = ("temperature", "top_p")
        return {name: self._request.params.get(name, getattr(config, name)) for name in names}

    async def structured(
        self, step: str, alias: str, asked: ChatRequest, schema: AnswerSchema
    ) -> StructuredAnswer:
        """JSON; raises ModelError."""
        return await self._next(step, alias, asked).structured(asked, schema)

    async def chat(self, step: str, alias: str, asked: ChatRequest) -> Choice:
        """An answer; raises ModelError."""
        return (await self._next(step, alias, asked).chat(asked)).choices[0]

    def _next(self, step: str, alias: str, asked: ChatRequest) -> BoundModel:
        model = self._request.model(alias).at(row=self._row, attempt=self._attempt)
        self._attempt += 1
        self._last = model.mark(asked)
        self.prompts[step] = self._last["prompt"]
        return model
