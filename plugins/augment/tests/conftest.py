from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from datagen_core.generator import Generator
from datagen_core.inputs import Inputs
from datagen_core.model import ChatRequest, EmbeddingRequest, Embeddings
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, generate, make_inputs, make_request

KINDS = {
    "You paraphrase": "paraphrase",
    "You rewrite": "style",
    "You carry": "transfer",
    "You compare": "entailment",
    "You rate": "scores",
    "Somebody carried": "compare",
    "You classify": "label",
    "You write the response": "respond",
}
"""How a system turn begins → what the call is for."""
FAITHFUL = {
    "task_is_faithful": True,
    "difficulty_is_faithful": True,
    "domain_is_correct": True,
    "source_words": [],
}
SAME = {"second_supported_by_first": True, "first_supported_by_second": True}


def kind_of(request: Any) -> str:
    said = request.messages[0].content
    return next(kind for begins, kind in KINDS.items() if said.startswith(begins))


class Desk(ScriptedModel):
    """A model that writes and judges, and keeps what it was asked.

    Args:
        write: What it writes: texts (or whole answers) taken in turn, the last one again and again; or a function of
            the user's part of the prompt. A text is put under each name that the schema has.
        vectors: Of the two texts of an embedding.
        answers: By the kind of call: a value or a function of the request.
    """

    def __init__(self, *write: Any, vectors: Sequence[Sequence[float]] = (), **answers: Any) -> None:
        super().__init__(self._answered, latency_s=0)
        self._write = list(write)
        self._answers = {"entailment": SAME, "compare": FAITHFUL, **answers}
        self._vectors = tuple(tuple(vector) for vector in vectors)
        self.asked: list[tuple[str, ChatRequest]] = []
        self.embedded: list[tuple[str, ...]] = []

    def _answered(self, request: ChatRequest, call: int) -> Any:
        kind = kind_of(request)
        self.asked.append((kind, request))
        if kind in ("paraphrase", "style", "transfer"):
            found = self._written(request)
        else:
            answer = self._answers[kind]
            found = answer(request) if callable(answer) else answer
        return json.dumps(found, ensure_ascii=False) if isinstance(found, Mapping) else found

    def _written(self, request: ChatRequest) -> Any:
        if len(self._write) == 1 and callable(self._write[0]):
            found = self._write[0](request.messages[1].content)
        else:
            found = self._write.pop(0) if len(self._write) > 1 else self._write[0]
        if not isinstance(found, str):
            return found
        return dict.fromkeys((request.json_schema or {})["properties"], found)

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        self.embedded.append(request.texts)
        return Embeddings(vectors=self._vectors)

    @property
    def order(self) -> list[str]:
        """The kinds of calls, in order."""
        return [kind for kind, _ in self.asked]

    def prompts(self, kind: str) -> list[str]:
        """The user's part of each request of a kind."""
        return [request.messages[1].content for asked, request in self.asked if asked == kind]

    def make(
        self,
        arm: type[Generator[Any]],
        config: Any,
        inputs: Inputs | Sequence[Any],
        n: int = 1,
        request: Any = None,
    ) -> list[Sample | Rejection]:
        """What an arm yields for a batch."""
        given = inputs if isinstance(inputs, Inputs) else make_inputs(inputs)
        return generate(arm(config, given), request or make_request(n, inputs=given), self)


@pytest.fixture
def desk() -> type[Desk]:
    return Desk


@pytest.fixture
def kind() -> Callable[[Any], str]:
    return kind_of
