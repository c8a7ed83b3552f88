"""A good arm, a bad one, one that soon repeats itself, and one as good as the first that pays a model for each row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from datagen_core import Component, Config, GenerateRequest, Generator, Rejection, Sample, hookimpl
from datagen_core.model import ChatRequest, Model, Price, Reply
from datagen_core.testing.scripted_model import chat, reply

Rows = AsyncIterator[Sample | Rejection]
POOL = 600
"""Distinct rows of the arm that repeats itself."""
YIELD = 0.8
"""Share of the rows of a good arm that are any good."""


class Good(Generator[Config]):
    """New rows, of which one in five is too short."""

    async def generate(self, request: GenerateRequest) -> Rows:
        for _ in range(request.n):
            yield request.sample(response=await self.text(request))

    async def text(self, request: GenerateRequest) -> str:
        number = f"{request.rng.getrandbits(48):012x}"
        return number if request.rng.random() > YIELD else f"all about number {number}"


class Bad(Good):
    """Rows that are nearly always too short."""

    async def text(self, request: GenerateRequest) -> str:
        number = f"{request.rng.getrandbits(48):012x}"
        return number if request.rng.random() > 0.1 else f"all about number {number}"


class Saturating(Good):
    """Perfect rows, but few different ones."""

    async def text(self, request: GenerateRequest) -> str:
        return f"all about page {request.rng.randrange(POOL)}"


class Expensive(Good):
    """The good arm's rows, each after a call."""

    async def text(self, request: GenerateRequest) -> str:
        await request.model("generator").chat(chat(f"{request.origin.batch} {request.rng.getrandbits(48)}"))
        return await super().text(request)

    def models(self) -> dict[str, Sequence[str]]:
        return {"generator": ()}


class Priced(Model[Config]):
    """Says yes, for 0.15 a time."""

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        return reply("yes", prompt=10, completion=5)

    def capabilities(self) -> frozenset[str]:
        return frozenset()

    def endpoint(self) -> str:
        return "http://priced"

    def price(self) -> Price:
        return Price(prompt_per_million=10_000, completion_per_million=10_000)


@hookimpl
def datagen_generators() -> list[Component]:
    return [
        *map(_component, (Good, Bad, Saturating)),
        _component(Expensive, needs=("model",)),
    ]


@hookimpl
def datagen_models() -> list[Component]:
    return [_component(Priced, serves=("priced",))]


def _component(cls: type, **more: tuple[str, ...]) -> Component:
    return Component(
        name=cls.__name__.lower(), summary=str(cls.__doc__), impl=f"{__name__}:{cls.__name__}", **more
    )
