from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_crosslingual.config import CrosslingualConfig, NativeLanguageConfig
from datagen_plugin_crosslingual.generator import Crosslingual
from datagen_plugin_crosslingual.native import NativeLanguage

from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.model import ChatRequest, EmbeddingRequest, Embeddings, Reply
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, make_inputs, make_request
from datagen_core.testing.toy_data import give_models
from datagen_core.testing.virtual_time import in_virtual_time

PARALLEL = [
    json.loads(line) for line in (Path(__file__).parent / "data/mgsm_sample.jsonl").open(encoding="utf-8")
]
LANGUAGES = ("en", "de", "es", "ru", "zh")


def kind_of(request: ChatRequest) -> str:
    """Which of the three calls a request is."""
    system = request.messages[0].content
    if system.startswith("You write one row"):
        return "native"
    return "back" if system.startswith("You help someone") else "forth"


def texts_of(request: ChatRequest) -> dict[str, str]:
    """The texts that a request holds."""
    lines = [line for line in request.messages[1].content.split("\n") if line.startswith("{")]
    found: dict[str, str] = json.loads(lines[-1])
    return found


def known(request: ChatRequest) -> dict[str, str]:
    """The texts in the language asked for, where they are of the parallel sentences."""
    line = request.messages[1].content.split("\n")[0]
    language = line.removeprefix("Translate into ")
    by_text = {row[code]: row[language] for row in PARALLEL for code in LANGUAGES}
    return {name: by_text[text] for name, text in texts_of(request).items()}


Said = Any | Callable[[ChatRequest], Any]


class Desk(ScriptedModel):
    """A model that translates, translates back and writes, and keeps what it was asked, each kind apart.

    Args:
        forth, back, native: What a call is answered with, or a function of the request; mappings are made JSON. A text
            stands for the response alone; a list is gone through, its last item for good.
        wait_s: By the number of the call; in virtual time.
        vectors: By text.
    """

    def __init__(
        self,
        forth: Said = known,
        back: Said = known,
        native: Said = "",
        *,
        wait_s: Callable[[int], float] = lambda call: 0.0,
        vectors: Mapping[str, tuple[float, ...]] | Exception | None = None,
        **options: Any,
    ) -> None:
        super().__init__(self._answers, latency_s=0, **options)
        self._wait_s, self._vectors = wait_s, vectors
        self._said: dict[str, Said] = {"forth": forth, "back": back, "native": native}
        self.asked: dict[str, list[ChatRequest]] = {"forth": [], "back": [], "native": []}
        self.embedded: list[EmbeddingRequest] = []

    def _answers(self, request: ChatRequest, call: int) -> Any:
        kind = kind_of(request)
        turn = len(self.asked[kind])
        self.asked[kind].append(request)
        said = self._said[kind]
        if isinstance(said, list):
            said = said[min(turn, len(said) - 1)]
        found = said(request) if callable(said) else said
        if isinstance(found, str) and not found.startswith("{"):
            found = {"text" if kind == "native" else "response": found}
        return json.dumps(found, ensure_ascii=False) if isinstance(found, Mapping) else found

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        number = len(self.requests)
        reply = await super().chat(request, timeout_s=timeout_s)
        await asyncio.sleep(self._wait_s(number))
        return reply

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        self.embedded.append(request)
        if isinstance(self._vectors, Exception):
            raise self._vectors
        assert self._vectors is not None
        return Embeddings(vectors=tuple(self._vectors[text] for text in request.texts))

    def translate(
        self, inputs: Inputs, n: int = 1, *, request: GenerateRequest | None = None, **options: Any
    ) -> list[Sample | Rejection]:
        """What `crosslingual` of these options yields for a batch; without a target, German."""
        if not options.get("to") and len(inputs.languages) < 2 and not inputs.coverage:
            options["to"] = "de"
        generator = Crosslingual(CrosslingualConfig.model_validate(options), inputs)
        return self._rows(generator, request or make_request(n, inputs=inputs))

    def write(
        self, inputs: Inputs, n: int = 1, *, request: GenerateRequest | None = None, **options: Any
    ) -> list[Sample | Rejection]:
        """What `native-language` of these options yields for a batch."""
        generator = NativeLanguage(NativeLanguageConfig.model_validate(options), inputs)
        return self._rows(generator, request or make_request(n, inputs=inputs))

    def _rows(self, generator: Any, request: GenerateRequest) -> list[Sample | Rejection]:
        give_models(generator, request, self)

        async def rows() -> list[Sample | Rejection]:
            return [row async for row in generator.generate(request)]

        return in_virtual_time(rows)

    def said(self, kind: str = "forth") -> list[str]:
        """The user's part of each request of a kind."""
        return [request.messages[1].content for request in self.asked[kind]]


@pytest.fixture
def desk() -> type[Desk]:
    return Desk


@pytest.fixture
def parallel() -> list[dict[str, Any]]:
    """Six questions of MGSM in five languages."""
    return PARALLEL


@pytest.fixture
def english() -> Inputs:
    """The same as English seeds."""
    return make_inputs([row["en"] for row in PARALLEL])


@pytest.fixture
def one() -> Callable[..., Inputs]:
    """Inputs of one seed with a text, or with a row."""

    def made(text: str = "", /, **row: Any) -> Inputs:
        return make_inputs(
            [Seed(id="one", text=text or "-", row=row or {"text": text}, label=row.get("label"))]
        )

    return made
