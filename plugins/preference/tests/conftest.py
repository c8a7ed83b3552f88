from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_preference.config import PreferenceConfig
from datagen_plugin_preference.generator import Preference

from datagen_core.errors import RunPaused
from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.budget import Wall
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import Ledger
from datagen_core.llm.retry import Retries
from datagen_core.llm.site import CallSite
from datagen_core.model import ChatRequest, Reply
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, make_inputs, make_request
from datagen_core.testing.virtual_time import in_virtual_time

QUESTION = "Why is the sky blue?"
Scored = Mapping[str, Any] | Callable[[str], Any]


def kind(request: ChatRequest) -> str:
    """What a call asks for: `candidate`, `rating` or `pairwise`."""
    if request.json_schema is None:
        return "candidate"
    return "pairwise" if "better" in request.json_schema["properties"] else "rating"


def shown(request: ChatRequest) -> list[Any]:
    """The data of a judge's prompt, in the order in which it stands: the conversation, then one response or two."""
    return [json.loads(line) for line in request.messages[1].content.split("\n") if line[:1] in ("[", '"')]


class Counting(ModelDoor):
    """Keeps alias, row and attempt of each call, and pauses the run at the call of a number."""

    sites: list[tuple[str, int, int]]
    pauses_at: int

    async def chat(self, alias: str, request: ChatRequest, site: CallSite, *, prompt: str = "") -> Reply:
        self.sites.append((alias, site.row, site.attempt))
        if len(self.sites) == self.pauses_at:
            raise RunPaused("the budget is used up")
        return await super().chat(alias, request, site, prompt=prompt)


class Panel:
    """Writers and a judge of few words.

    Args:
        texts: The answers of candidates in turn; a function of the request and the number of the call works too.
        scores: A candidate's text → its score for all aspects, or the whole answer of the judge (text, exception …).
        better: The two texts as they are shown → `first`, `second` or `equal`, or a whole answer.
        latency_s: By the number of the candidate's call; in virtual time.
        pauses_at: The number of the call at which the budget is used up.
    """

    def __init__(
        self,
        texts: Sequence[Any] | Callable[[ChatRequest, int], Any],
        scores: Scored = lambda text: 5,
        better: Callable[[str, str], Any] = lambda first, second: "equal",
        latency_s: Callable[[int], float] = lambda call: 0.0,
        pauses_at: int = -1,
    ) -> None:
        self._pauses_at = pauses_at
        self._texts, self._scores, self._better, self._latency_s = texts, scores, better, latency_s
        self.asked: dict[str, list[ChatRequest]] = {"candidate": [], "rating": [], "pairwise": []}
        self.order: list[str] = []
        self.sites: list[tuple[str, int, int]] = []

    def make(
        self, seeds: Inputs | str | dict[str, Any] = QUESTION, n: int = 1, *, seed: int = 0, **options: Any
    ) -> list[Sample | Rejection]:
        """What a batch of n rows yields."""
        inputs = seeds if isinstance(seeds, Inputs) else make_inputs([_seed(seeds)])
        part = Preference(PreferenceConfig.model_validate(options), inputs)
        return self.run(part, make_request(n, inputs=inputs, seed=seed))

    def run(self, part: Preference, request: GenerateRequest) -> list[Sample | Rejection]:
        """The same for a request."""
        models = {alias: _Named(self._answer, f"{alias}-model", self._wait_s) for alias in part.models()}
        door = Counting(dict(models), Wall(Ledger(Path(":memory:"))), retries=Retries(most=0))
        door.sites, door.pauses_at = self.sites, self._pauses_at
        request.models = {alias: door.bound(alias, CallSite(batch=0, link=0)) for alias in models}

        async def rows() -> list[Sample | Rejection]:
            return [row async for row in part.generate(request)]

        return in_virtual_time(rows)

    def _wait_s(self, request: ChatRequest) -> float:
        what = kind(request)
        return self._latency_s(len(self.asked[what])) if what == "candidate" else 0.0

    def _answer(self, request: ChatRequest, call: int) -> Any:
        what = kind(request)
        self.order.append(what)
        self.asked[what].append(request)
        return {"candidate": self._candidate, "rating": self._rated, "pairwise": self._compared}[what](
            request
        )

    def _candidate(self, request: ChatRequest) -> Any:
        number = len(self.asked["candidate"]) - 1
        return (
            self._texts(request, number) if callable(self._texts) else self._texts[number % len(self._texts)]
        )

    def _rated(self, request: ChatRequest) -> Any:
        assert request.json_schema is not None
        text = shown(request)[-1]
        found = self._scores(text) if callable(self._scores) else self._scores[text]
        if not isinstance(found, int):
            return json.dumps(found) if isinstance(found, Mapping) else found
        aspects = [name for name in request.json_schema["properties"] if name != "rationale"]
        return json.dumps({"rationale": f"worth {found}", **dict.fromkeys(aspects, found)})

    def _compared(self, request: ChatRequest) -> Any:
        found = self._better(*shown(request)[-2:])
        is_word = found in ("first", "second", "equal")
        return json.dumps({"rationale": "because", "better": found}) if is_word else found


class _Named(ScriptedModel):
    def __init__(self, answer: Any, name: str, wait_s: Callable[[ChatRequest], float]) -> None:
        super().__init__(answer, latency_s=0, name=name)
        self._wait_s = wait_s

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        wait_s = self._wait_s(request)
        reply = await super().chat(request, timeout_s=timeout_s)
        await asyncio.sleep(wait_s)
        return reply


def _seed(row: str | dict[str, Any]) -> Seed:
    if isinstance(row, str):
        return Seed(id="seed0", text=row, row={"text": row})
    return Seed(id="seed0", text=str(row), row=row)


@pytest.fixture
def panel() -> type[Panel]:
    return Panel
