from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_conversation.config import ConversationConfig
from datagen_plugin_conversation.generator import Conversation

from datagen_core.errors import RunPaused
from datagen_core.inputs import Inputs
from datagen_core.llm.budget import Wall
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import Ledger
from datagen_core.llm.retry import Retries
from datagen_core.llm.site import CallSite
from datagen_core.model import Model, ModelError
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, make_inputs, make_request
from datagen_core.testing.virtual_time import in_virtual_time

ORIGIN = CallSite(batch=0, link=0)
QUESTIONS = ("How do I store bread?", "怎么保存面包？", "كيف أخزن الخبز؟", "Как хранить хлеб?")


class Room:
    """Runs a generator with a model for each alias, and keeps the sites of the calls.

    A scripted answer is a text, a Reply, an exception, or a function of the request; the last one stays.
    """

    def __init__(self) -> None:
        self.models: dict[str, ScriptedModel] = {}
        self.sites: list[tuple[str, CallSite]] = []
        self.request: Any = None

    def talk(
        self,
        options: Mapping[str, Any],
        inputs: Inputs | None = None,
        n: int = 1,
        *,
        latency_s: Callable[[int], float] = lambda call: 0.0,
        capabilities: Sequence[str] | None = None,
        fails: Mapping[int, str] | None = None,
        more: Mapping[str, Any] | None = None,
        **scripts: Any,
    ) -> list[Sample | Rejection]:
        """What a batch of n rows yields; `fails`: kind of error by the number of the call, as `latency_s` (virtual)."""
        inputs = make_inputs(QUESTIONS) if inputs is None else inputs
        part = Conversation(ConversationConfig.model_validate(options), inputs)
        can = {} if capabilities is None else {"capabilities": capabilities}
        self.models = {
            alias: ScriptedModel(_scripted(script), latency_s=0, name=f"{alias}-model", **can)
            for alias, script in scripts.items()
        }
        door = self._door(dict(self.models), fails or {}, latency_s)
        request = make_request(n, inputs=inputs, **(more or {}))
        request.models = {alias: door.bound(alias, ORIGIN) for alias in part.models()}
        self.request = request

        async def rows() -> list[Sample | Rejection]:
            return [row async for row in part.generate(request)]

        return in_virtual_time(rows)

    def asked(self, alias: str) -> list[Any]:
        """The requests that a model got."""
        return self.models[alias].requests

    def _door(
        self, models: dict[str, Model[Any]], fails: Mapping[int, str], latency_s: Callable[[int], float]
    ) -> ModelDoor:
        sites = self.sites
        sites.clear()

        class Door(ModelDoor):
            async def _note(self, alias: str, site: CallSite) -> None:
                sites.append((alias, site))
                number = len(sites)
                await asyncio.sleep(latency_s(number))
                if fails.get(number) == "paused":
                    raise RunPaused("the budget is used up")
                if kind := fails.get(number):
                    raise ModelError("it broke", kind=kind)

            async def chat(self, alias: str, request: Any, site: CallSite, **given: Any) -> Any:
                await self._note(alias, site)
                return await super().chat(alias, request, site, **given)

            async def complete(self, alias: str, request: Any, site: CallSite) -> Any:
                await self._note(alias, site)
                return await super().complete(alias, request, site)

        return Door(models, Wall(Ledger(Path(":memory:"))), retries=Retries(most=0))


def _scripted(script: Any) -> Callable[[Any, int], Any]:
    if callable(script):
        return lambda request, call: script(request)
    listed = list(script) if isinstance(script, list | tuple) else [script]
    return lambda request, call: listed[min(call, len(listed)) - 1]


@pytest.fixture
def room() -> Room:
    return Room()
