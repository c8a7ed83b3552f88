from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from datagen_plugin_naive.config import NaiveConfig
from datagen_plugin_naive.generator import Naive

from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Inputs
from datagen_core.model import ChatRequest, Reply
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, make_request
from datagen_core.testing.toy_data import give_models
from datagen_core.testing.virtual_time import in_virtual_time

PLAN = {
    "instructions": "Write like a ranger.",
    "angles": ["by night", "in the rain", "as a beginner", "for children"],
}


class Desk(ScriptedModel):
    """A model that makes plans and rows, and keeps what it was asked, the one apart from the other.

    Args:
        row: What a row's request is answered with, or a function of the request; a mapping is made JSON.
        plan: The answer to a request for a plan.
        latency_s: By the number of the row's call; in virtual time.
    """

    def __init__(
        self, row: Any, plan: Any = PLAN, latency_s: Callable[[int], float] = float, **options: Any
    ) -> None:
        super().__init__(self._answered, latency_s=0, **options)
        self._row, self._plan, self._wait_s = row, plan, latency_s
        self.plans: list[ChatRequest] = []
        self.rows: list[ChatRequest] = []

    def _answered(self, request: ChatRequest, call: int) -> Any:
        is_plan = request.messages[0].content.startswith("You prepare the prompt")
        (self.plans if is_plan else self.rows).append(request)
        found = self._plan if is_plan else self._row(request) if callable(self._row) else self._row
        return json.dumps(found) if isinstance(found, Mapping) else found

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        number = len(self.rows)
        reply = await super().chat(request, timeout_s=timeout_s)
        await asyncio.sleep(self._wait_s(number))
        return reply

    def make(
        self, inputs: Inputs, n: int = 3, *, request: GenerateRequest | None = None, **options: Any
    ) -> list[Sample | Rejection]:
        """What a generator of these options yields for a batch."""
        generator = Naive(NaiveConfig.model_validate(options), inputs)
        request = request or make_request(n, inputs=inputs)
        give_models(generator, request, self)

        async def rows() -> list[Sample | Rejection]:
            return [row async for row in generator.generate(request)]

        return in_virtual_time(rows)

    @property
    def asked(self) -> list[str]:
        """The user's part of each row's request."""
        return [request.messages[1].content for request in self.rows]


@pytest.fixture
def desk() -> type[Desk]:
    return Desk
