from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from datagen_core import Context, Inputs, Rejection, Sample
from datagen_core.documents import ChunkSizes, Document, chunks, markdown
from datagen_core.generator import Generator
from datagen_core.model import ChatRequest
from datagen_core.testing import ScriptedModel, generate, make_request

KINDS = {
    "You write questions for a dataset of questions and answers. ": "questions",
    "You write questions for a dataset of questions and answers about": "code",
    "You find where": "answer",
    "You are given a text": "instruction",
    "You put answers": "enrich",
    "You check an answer": "support",
}
"""How a system turn begins → what the call is for."""


def kind_of(request: Any) -> str:
    said = request.messages[0].content
    return next(kind for begins, kind in KINDS.items() if said.startswith(begins))


def passage_of(request: ChatRequest) -> str:
    """What a prompt shows first between marks."""
    found = re.search(r"^(=== \w+ ===)\n(.*?)\n\1$", request.messages[1].content, re.DOTALL | re.MULTILINE)
    assert found
    return found[2]


class Desk(ScriptedModel):
    """A model that answers by the kind of call: a value, a list taken in turn, or a function of the request."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(self._answered, latency_s=0)
        self._answers = answers
        self.asked: list[tuple[str, ChatRequest]] = []

    def _answered(self, request: ChatRequest, call: int) -> Any:
        kind = kind_of(request)
        self.asked.append((kind, request))
        answer = self._answers[kind]
        found = answer(request) if callable(answer) else answer.pop(0) if isinstance(answer, list) else answer
        return json.dumps(found, ensure_ascii=False) if isinstance(found, Mapping) else found

    @property
    def order(self) -> list[str]:
        """The kinds of calls, in order."""
        return [kind for kind, _ in self.asked]

    def prompts(self, kind: str) -> list[str]:
        """The user's part of each request of a kind."""
        return [request.messages[1].content for asked, request in self.asked if asked == kind]


def questions(*texts: str) -> dict[str, Any]:
    return {"questions": [{"type": "factual", "question": text} for text in texts]}


def paged(*sections: str, name: str = "tea.md", title: str = "Tea") -> Inputs:
    """A document with a chunk for each section."""
    text = "\n\n".join(sections)
    made, at = [], 0
    for section in sections:
        _, _, blocks = markdown.parse(text)
        own = [block for block in blocks if at <= block.start < at + len(section)]
        made += chunks(Document(Path(name), name, title, text, tuple(own)), ChunkSizes(max_tokens=100_000))
        at += len(section) + 2
    return Inputs(chunks=tuple(made), documents=(Path(name),))


class Run:
    """A run in memory, one batch at a time; `passes` says whether a row is accepted."""

    def __init__(
        self,
        arm: Generator[Any],
        target: int,
        model: Any,
        passes: Callable[[Sample], bool] = lambda row: True,
    ) -> None:
        self.arm, self.target, self.model, self.passes = arm, target, model, passes
        self.accepted: list[Sample] = []
        self.made: list[Sample] = []
        self.rejections: list[Rejection] = []

    def __len__(self) -> int:
        return len(self.accepted)

    def texts(self, *, label: str | None = None, limit: int = 1000) -> Sequence[str]:
        return [row.response for row in self.accepted]

    def draw(self, n: int, rng: random.Random, *, label: str | None = None) -> Sequence[Sample]:
        return ()

    def sources(self) -> Mapping[str, int]:
        return Counter(row.trace.parents[0] for row in self.accepted)

    def tried(self, arm: str) -> Mapping[str, int]:
        return Counter(row.trace.parents[0] for row in [*self.made, *self.rejections] if row.trace.parents)

    def tried_inputs(self, arm: str, source: str) -> frozenset[str]:
        refused = {""} if any(row.trace.parents == (source,) for row in self.rejections) else set()
        return frozenset(row.input for row in self.made if row.trace.parents == (source,)) | refused

    def batch(self, n: int, number: int) -> int:
        """Makes one batch and returns how many of its rows were accepted."""
        request = make_request(n, batch=number, pool=self)
        request.context = Context(num_samples=self.target)
        rows = generate(self.arm, request, self.model)
        samples = [row for row in rows if isinstance(row, Sample)]
        self.rejections += [row for row in rows if isinstance(row, Rejection)]
        self.made += samples
        passed = [row for row in samples if self.passes(row)][: self.target - len(self.accepted)]
        self.accepted += passed
        return len(passed)

    def to_the_end(self, batch_size: int = 5) -> list[int]:
        """Accepted rows by chunk, when the target is reached or three batches gave nothing."""
        idle = number = 0
        while len(self.accepted) < self.target and idle < 3:
            missing = self.target - len(self.accepted)
            idle = 0 if self.batch(min(batch_size, missing), number) else idle + 1
            number += 1
        return [self.sources().get(chunk.id, 0) for chunk in self.arm.inputs.chunks]


@pytest.fixture
def desk() -> type[Desk]:
    return Desk


@pytest.fixture
def run() -> type[Run]:
    return Run


@pytest.fixture
def pages() -> Callable[..., Inputs]:
    return paged


@pytest.fixture
def asks() -> Callable[..., dict[str, Any]]:
    return questions


@pytest.fixture
def passage() -> Callable[[ChatRequest], str]:
    return passage_of
