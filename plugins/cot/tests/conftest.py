from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from datagen_core.generator import Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.model import ChatRequest
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, generate, make_request

KINDS = {
    "You write one question that takes reasoning about a passage": "direct",
    "You write one question that takes reasoning about source code": "direct_code",
    "You write the steps": "enhance",
    "You check whether reasoning": "support",
    "You draw a conclusion": "reanswer",
    "You compare an answer": "same",
}
"""How a system turn begins → what the call is for."""
WRITERS = ("direct", "direct_code", "enhance")
PASSAGE = "The pump moves 40 litres a minute.\nThe tank holds 600 litres, and it\nstarts empty."


def kind_of(request: Any) -> str:
    said = request.messages[0].content
    return next(kind for begins, kind in KINDS.items() if said.startswith(begins))


class Desk(ScriptedModel):
    """A model that writes and judges, and keeps what it was asked.

    Args:
        write: What it writes, in turn, the last one again and again.
        answers: By the kind of call: a value, an exception, or a function of the request.
    """

    def __init__(self, *write: Any, **answers: Any) -> None:
        super().__init__(self._answered, latency_s=0)
        self._write = list(write)
        usual = {"support": {"answer_is_supported": True}, "same": {"answer_is_correct": True}}
        self._answers = {**usual, "reanswer": {"answer": "15"}, **answers}
        self.asked: list[tuple[str, ChatRequest]] = []

    def _answered(self, request: ChatRequest, call: int) -> Any:
        kind = kind_of(request)
        self.asked.append((kind, request))
        if kind in WRITERS:
            found = self._write.pop(0) if len(self._write) > 1 else self._write[0]
        else:
            found = self._answers[kind]
        found = found(request) if callable(found) else found
        return json.dumps(found, ensure_ascii=False) if isinstance(found, Mapping) else found

    @property
    def order(self) -> list[str]:
        """The kinds of calls, in order."""
        return [kind for kind, _ in self.asked]

    def prompts(self, kind: str) -> list[str]:
        """The user's part of each request of a kind."""
        return [request.messages[1].content for asked, request in self.asked if asked == kind]

    def make(
        self, arm: type[Generator[Any]], config: Any, inputs: Inputs, n: int = 1, **more: Any
    ) -> list[Sample | Rejection]:
        """What an arm yields for a batch."""
        return generate(arm(config, inputs), make_request(n, inputs=inputs, **more), self)


@pytest.fixture
def desk() -> type[Desk]:
    return Desk


def chunk(text: str = PASSAGE, number: int = 1, **row: Any) -> Seed:
    """A chunk that begins at the 100th character of its document."""
    told = {"document": "pumps.md", "title": "Pumps", "headings": ["Tanks"], "start": 100, "tokens": 20}
    return Seed(id=f"c{number}", text=text, row={**told, **row})


@pytest.fixture
def a_chunk() -> Any:
    return chunk


def written(**changes: Any) -> dict[str, Any]:
    """A good answer about the passage."""
    steps = [
        {
            "step": "The empty tank takes 600 litres.",
            "quote": "The tank holds 600 litres, and it starts empty.",
        },
        {"step": "At 40 litres a minute that is 600 / 40 = 15 minutes.", "quote": "moves 40 litres a minute"},
    ]
    question = "How long does the pump need to fill the empty tank?"
    return {"question": question, "steps": steps, "answer": "15 minutes", **changes}


@pytest.fixture
def good() -> Any:
    return written


def listed(*texts: str, quote: str | None = None) -> dict[str, Any]:
    """Steps as a model writes them."""
    more = {} if quote is None else {"quote": quote}
    return {"steps": [{"step": text, **more} for text in texts]}


@pytest.fixture
def steps() -> Any:
    return listed
