"""What plugin tests need: inputs, requests and samples made in one line, generators run to the end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_core.generator import Cell, GenerateRequest, Generator, Origin
from datagen_core.inputs import Inputs, Seed
from datagen_core.sample import Rejection, Sample

__all__ = ["generate", "make_inputs", "make_request", "make_samples", "make_seeds"]


def make_seeds(rows: Iterable[tuple[str, str] | str]) -> tuple[Seed, ...]:
    """Seeds from texts or (text, label) pairs."""
    pairs = [(row, None) if isinstance(row, str) else row for row in rows]
    return tuple(Seed(id=f"seed{i}", text=text, label=label) for i, (text, label) in enumerate(pairs))


def make_inputs(seeds: Iterable[tuple[str, str] | str | Seed] = (), **more: Any) -> Inputs:
    """Inputs with these seeds; labels as first seen in them unless given."""
    given = list(seeds)
    made = (
        tuple(given) if given and isinstance(given[0], Seed) else make_seeds(given)  # type: ignore[arg-type]
    )
    labels = tuple(dict.fromkeys(s.label for s in made if isinstance(s, Seed) and s.label is not None))
    return Inputs(seeds=made, labels=more.pop("labels", labels), **more)  # type: ignore[arg-type]


def make_request(
    n: int = 5,
    *,
    seed: int = 0,
    cells: Sequence[Cell] | None = None,
    inputs: Inputs | None = None,
    parents: Sequence[Sample] = (),
    batch: int = 0,
    **more: Any,
) -> GenerateRequest:
    """A request as the pipeline would make it, with a random generator of its own."""
    return GenerateRequest(
        n=n,
        cells=tuple(cells) if cells is not None else (Cell(None, n),),
        context=Context(num_samples=n),
        origin=Origin("test", seed, batch, 0, "test", "0", "test"),
        rng=random.Random(f"{seed}|{batch}"),
        seeds=inputs.seeds if inputs else (),
        parents=tuple(parents),
        **more,
    )


def make_samples(rows: Iterable[str | tuple[str, str]]) -> list[Sample]:
    """Samples from texts or (text, label) pairs, ids `r0`, `r1` …"""
    pairs = [(row, None) if isinstance(row, str) else row for row in rows]
    return [Sample(id=f"r{i}", response=text, label=label) for i, (text, label) in enumerate(pairs)]


def generate(generator: Generator[Any], request: GenerateRequest) -> list[Sample | Rejection]:
    """All a generator yields for a request."""

    async def collect() -> list[Sample | Rejection]:
        return [row async for row in generator.generate(request)]

    return asyncio.run(collect())
