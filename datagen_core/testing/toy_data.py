"""Small data for tests: inputs, requests and samples made in one line, a toy job, and rows that break code."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core.context import Context
from datagen_core.documents import ChunkSizes, Document, chunks, markdown
from datagen_core.generator import Cell, GenerateRequest, Generator, Origin
from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.site import CallSite
from datagen_core.model import Model
from datagen_core.sample import Message, Rejection, Sample
from datagen_core.testing.model_bindings import bound_models

TOY_LABELS = ("music", "weather", "restaurant")

_SEEDS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("play yesterday by the beatles", "music", {"song": "yesterday", "artist": "the beatles"}),
    ("will it rain in oslo tomorrow", "weather", {"city": "oslo", "day": "tomorrow"}),
    ("book a table for two at a thai place", "restaurant", {"party": "two", "cuisine": "thai"}),
    ("could you play hurt by johnny cash", "music", {"song": "hurt", "artist": "johnny cash"}),
    ("is it cold in rome today", "weather", {"city": "rome", "day": "today"}),
    ("reserve a table for six at a greek restaurant", "restaurant", {"party": "six", "cuisine": "greek"}),
    ("put on some jazz from the sixties", "music", {"genre": "jazz", "decade": "sixties"}),
    ("how windy does it get in lima on friday", "weather", {"city": "lima", "day": "friday"}),
    ("find a mexican diner for three people", "restaurant", {"cuisine": "mexican", "party": "three"}),
    ("I want to hear blues from the fifties", "music", {"genre": "blues", "decade": "fifties"}),
    ("what is the forecast for paris", "weather", {"city": "paris"}),
    ("get us seats for four at a turkish tavern", "restaurant", {"party": "four", "cuisine": "turkish"}),
    ("start my running playlist", "music", {"playlist": "running"}),
    ("do I need an umbrella in cairo on sunday", "weather", {"city": "cairo", "day": "sunday"}),
)
_UNLABELLED = (
    "play imagine by john lennon",
    "could you play hello by adele",
    "put on some soul from the seventies",
    "I want to hear techno from the nineties",
    "start my cooking playlist",
    "play some jazz by miles davis",
    "put on the beatles",
    "play my sleep playlist",
    "will it snow in bergen tomorrow",
    "is it warm in athens today",
    "how wet does it get in london on monday",
    "what is the forecast for madrid",
    "do I need a coat in berlin on tuesday",
    "will it rain in quito today",
    "is it foggy in rome on sunday",
    "what is the weather forecast for friday",
    "book a table for five at an indian place",
    "reserve a table for eight at a korean restaurant",
    "find a spanish diner for two people",
    "get us seats for nine at a french tavern",
    "book a table at a greek tavern for four",
    "find a turkish restaurant for six people",
    "reserve seats for three at a thai restaurant",
    "book a mexican place for two",
    "remind me to water the plants",
    "how tall is the eiffel tower",
)
_DOCUMENT = """# Facts

## Tides

The moon's gravity raises the sea twice a day. High tide follows low tide after about six hours.

## Bread

Yeast is a fungus that turns sugar into gas. Bread rises faster in a warm kitchen, because yeast grows faster there.

## Bicycles

A bicycle stays upright by steering into its fall. The slower it goes, the more it must be steered.
"""
_SAMPLES = (
    ("turn the volume up for bohemian rhapsody", "music"),
    ("any chance of thunder over nairobi tonight", "weather"),
    ("we would like lunch for seven near the harbour", "restaurant"),
    ("shuffle everything madonna recorded before 1990", "music"),
    ("tell me how humid singapore feels right now", "weather"),
    ("is the sushi bar downtown free at eight o'clock", "restaurant"),
    ("skip this track and repeat the previous album", "music"),
    ("when does the sun set over reykjavik", "weather"),
    ("cancel dinner and ask for a window seat instead", "restaurant"),
)
_GRAMMAR: Mapping[str, Any] = {
    "start": "request",
    "label": "intent",
    "bind": ["intent"],
    "rules": {
        "intent": list(TOY_LABELS),
        "request": [
            {"template": "<ask> play <number> songs by <artist>", "when": {"intent": "music"}},
            {
                "template": "<ask> tell me if it rains in <city> on day <number>",
                "when": {"intent": "weather"},
            },
            {"template": "<ask> book <number> seats at <place>", "when": {"intent": "restaurant"}},
        ],
        "ask": ["please", "now", "could you", "I want you to", "hey,"],
        "number": ["2", "3", "4", "5", "6", "7", "8", "9"],
        "artist": ["adele", "queen", "abba", "prince", "björk"],
        "city": ["oslo", "rome", "lima", "cairo", "paris"],
        "place": ["the thai place", "a diner", "the harbour grill", "a tavern", "the corner café"],
    },
}

AWKWARD_TEXTS: Mapping[str, str] = {
    "empty": "",
    "blank": " \n\t\u00a0",
    "one character": "a",
    "one unbroken run": "x" * 20_000,
    "Chinese": "明天北京会下雨吗",
    "Arabic": "هل ستمطر غدا في القاهرة",
    "Hindi": "कल दिल्ली में बारिश होगी क्या",
    "Thai": "พรุ่งนี้ฝนจะตกไหม",
    "emoji and combining marks": "👩‍👩‍👧 e\u0301\u0301\u0301 ﷽",
    "lone surrogate": "half a \ud83d pair",
    "control characters": "bell\x07 null\x00 escape\x1b[31m\u202e",
}
"""Texts that break code: what each is → the text."""


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


def generate(
    generator: Generator[Any], request: GenerateRequest, model: Model[Any] | None = None
) -> list[Sample | Rejection]:
    """All a generator yields for a request; models it asks for are `model`, else the rehearsal."""
    give_models(generator, request, model)

    async def collect() -> list[Sample | Rejection]:
        return [row async for row in generator.generate(request)]

    return asyncio.run(collect())


def give_models(generator: Generator[Any], request: GenerateRequest, model: Model[Any] | None = None) -> None:
    """Puts the models that a generator asks for into a request that has none."""
    if not request.models and generator.models():
        origin = request.origin
        site = CallSite(
            arm=origin.arm, component="test", batch=origin.batch, link=origin.link, seed=origin.seed
        )
        request.models = bound_models(generator, model, site=site)


def toy_inputs() -> Inputs:
    """A toy job: 14 slotted seeds of 3 labels, 26 unlabelled texts, 3 chunks of a document, a grammar of the labels."""
    seeds = tuple(
        Seed(id=f"seed{i}", text=text, label=label, slots=tuple(slots.items()), row={"text": text})
        for i, (text, label, slots) in enumerate(_SEEDS)
    )
    unlabelled = tuple(
        Seed(id=f"text{i}", text=text, row={"text": text}) for i, text in enumerate(_UNLABELLED)
    )
    return Inputs(
        domain="voice-assistant",
        task="intent-classification",
        seeds=seeds,
        labels=TOY_LABELS,
        unlabelled=unlabelled,
        chunks=_chunks(),
        grammar=_GRAMMAR,
    )


def _chunks() -> tuple[Seed, ...]:
    _, text, blocks = markdown.parse(_DOCUMENT)
    document = Document(path=Path("facts.md"), name="facts.md", title="Facts", text=text, blocks=blocks)
    return chunks(document, ChunkSizes(min_tokens=13, max_tokens=40))


def toy_samples() -> list[Sample]:
    """Nine new rows of the toy job, rightly labelled, none like another or like a seed: ids `r0` to `r8`."""
    return make_samples(_SAMPLES)


def awkward_samples() -> list[Sample]:
    """Rows that break code: each awkward text, a row without a label or with an unknown one, chat, a record."""
    rows = [
        Sample(id=f"awkward: {name}", response=text, label="music") for name, text in AWKWARD_TEXTS.items()
    ]
    chat = (Message(role="user", content="any news?"), Message(role="assistant", content="none today"))
    return [
        *rows,
        Sample(id="awkward: no label", response="play something"),
        Sample(id="awkward: unknown label", response="play something", label="no such label"),
        Sample(id="awkward: chat", messages=chat),
        Sample(id="awkward: record", fields={"name": "Ana", "age": 41, "tags": ["a", None], "free": {}}),
    ]
