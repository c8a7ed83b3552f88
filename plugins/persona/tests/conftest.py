from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.generator import PersonaRows

from datagen_core.generator import GenerateRequest, NoPool
from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.model import ChatRequest, EmbeddingRequest, Embeddings, Reply
from datagen_core.sample import Metadata, Rejection, Sample
from datagen_core.testing import ScriptedModel, make_inputs, make_request
from datagen_core.testing.toy_data import give_models
from datagen_core.testing.virtual_time import in_virtual_time

TEXTS = [
    "The second hive lost its queen in April.",
    "Torque the M8 bolts in a cross pattern.",
    "Patients who forget the morning dose should take it later.",
    "The soprano enters a bar late on purpose.",
]
JOBS = [
    *("beekeeper", "mechanic", "pharmacist", "singer", "diver", "baker", "judge", "pilot", "tailor", "miner"),
    *("florist", "sailor", "potter", "ranger", "typist", "welder", "glazier", "cook", "usher", "vet"),
]


def kind_of(request: ChatRequest) -> str:
    """Which of the calls a request is."""
    system = request.messages[0].content
    if system.startswith("You infer personas"):
        return "text"
    return "relation" if system.startswith("You find people") else "row"


def job(number: int) -> str:
    """A persona that shares less than half of its words with any other."""
    one, other = JOBS[number % len(JOBS)], JOBS[number * 7 % 19]
    return f"retired {one}{number} near harbour{number}, mending {other}{number} ropes by night{number}"


class Desk(ScriptedModel):
    """A model that describes, writes and embeds, and keeps what it was asked, each kind apart.

    Args:
        text, relation, row: What a call is answered with, or a function of the request and of the number of the call
            of its kind; mappings are made JSON. Personas are all different by default.
        vector: The vector of a text.
        wait_s: By the number of the call; in virtual time.
    """

    def __init__(
        self,
        text: Any = None,
        relation: Any = None,
        row: Any = None,
        vector: Callable[[str], Any] = lambda text: (1.0, 0.0),
        wait_s: Callable[[int], float] = lambda call: 0.0,
    ) -> None:
        super().__init__(self._answers, latency_s=0)
        self._vector, self._wait_s = vector, wait_s
        self._by_kind: dict[str, Any] = {
            "text": text or (lambda request, call: {"persona": job(call)}),
            "relation": relation or (lambda request, call: {"persona": job(100 + call)}),
            "row": row or {"text": "Where do you keep the tide tables?"},
        }
        self.asked: list[tuple[str, ChatRequest]] = []
        self.embedded: list[str] = []
        self.sites: list[tuple[int, int]] = []

    def _answers(self, request: ChatRequest, call: int) -> Any:
        kind = kind_of(request)
        number = self.order.count(kind)
        self.asked.append((kind, request))
        answer = self._by_kind[kind]
        found = answer(request, number) if callable(answer) else answer
        return json.dumps(found, ensure_ascii=False) if isinstance(found, Mapping) else found

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        reply = await super().chat(request, timeout_s=timeout_s)
        await asyncio.sleep(self._wait_s(len(self.asked)))
        return reply

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        self.embedded += request.texts
        found = [self._vector(text) for text in request.texts]
        if isinstance(found[0], BaseException):
            raise found[0]
        return Embeddings(vectors=tuple(tuple(map(float, one)) for one in found))

    @property
    def order(self) -> list[str]:
        """The kinds of calls, in order."""
        return [kind for kind, _ in self.asked]

    def requests_of(self, kind: str) -> list[ChatRequest]:
        return [request for asked, request in self.asked if asked == kind]

    def prompts(self, kind: str) -> list[str]:
        """The user's part of each request of a kind."""
        return [request.messages[1].content for request in self.requests_of(kind)]

    def make(
        self,
        n: int = 1,
        *,
        inputs: Inputs | None = None,
        request: GenerateRequest | None = None,
        **options: Any,
    ) -> list[Sample | Rejection]:
        """What a generator of these options yields for a batch."""
        inputs = inputs or of_texts()
        generator = PersonaRows(PersonaConfig.model_validate(options), inputs)
        request = request or make_request(n, inputs=inputs)
        give_models(generator, request, self)
        request.models = {alias: self._noted(model) for alias, model in request.models.items()}

        async def rows() -> list[Sample | Rejection]:
            return [row async for row in generator.generate(request)]

        return in_virtual_time(rows)

    def _noted(self, model: BoundModel) -> BoundModel:
        sites = self.sites

        class Noted(BoundModel):
            async def structured(self, *call: Any) -> Any:
                sites.append((self.site.row, self.site.attempt))
                return await BoundModel.structured(self, *call)

            async def embed(self, request: EmbeddingRequest) -> Embeddings:
                sites.append((self.site.row, self.site.attempt))
                return await BoundModel.embed(self, request)

        return Noted(door=model.door, alias=model.alias, site=model.site)


def of_texts(texts: list[str] = TEXTS, **more: Any) -> Inputs:
    """A job whose seeds are texts without labels."""
    return make_inputs(texts, **{"task": "questions to a library", **more})


class Pool(NoPool):
    """A pool of accepted rows of these personas; `tried` as given."""

    def __init__(self, *noted: Mapping[str, Any], tried: Mapping[str, int] | None = None) -> None:
        self._rows = [
            Sample(id=f"old{at}", response="x", metadata=Metadata(method=one)) for at, one in enumerate(noted)
        ]
        self._tried = tried or {}

    def __len__(self) -> int:
        return len(self._rows)

    def draw(self, n: int, rng: Any, *, label: str | None = None) -> list[Sample]:
        return rng.sample(self._rows, n)

    def tried(self, arm: str) -> Mapping[str, int]:
        return self._tried


@pytest.fixture
def desk() -> type[Desk]:
    return Desk


@pytest.fixture
def pool() -> type[Pool]:
    return Pool


@pytest.fixture
def inputs_of() -> Callable[..., Inputs]:
    return of_texts
