from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from datagen_plugin_classify.config import ClassifyConfig
from datagen_plugin_classify.generator import Classify

from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Inputs
from datagen_core.model import ChatRequest, Reply
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, make_inputs, make_request
from datagen_core.testing.toy_data import give_models
from datagen_core.testing.virtual_time import in_virtual_time

DESCRIPTIONS = {"refund": "money back", "delivery": "where a parcel is", "login": "getting in"}
TICKETS = [
    ("where is my parcel", "delivery"),
    ("the parcel came open", "delivery"),
    ("when does the driver come", "delivery"),
    ("money back for the parcel I returned", "refund"),
    ("you owe me 20 euros", "refund"),
    ("I can't get in", "login"),
    ("my code doesn't come", "login"),
]


def kind_of(request: ChatRequest) -> str:
    """Which of the three calls a request is."""
    system = request.messages[0].content
    if system.startswith("You write the annotation guide"):
        return "define"
    return "verify" if system.startswith("You are an attentive annotator") else "write"


def defined(request: ChatRequest) -> dict[str, Any]:
    """Definitions of all labels, as a request for them wants them."""
    assert request.json_schema is not None
    return {
        name: {"definition": f"what {name} is", "includes": [f"in {name}"], "excludes": [f"out of {name}"]}
        for name in request.json_schema["properties"]
    }


class Desk(ScriptedModel):
    """A model that writes, defines and classifies, and keeps what it was asked, each kind apart.

    Args:
        write, verify, define: What a call is answered with, or a function of the request; mappings are made JSON.
        wait_s: By the number of the call; in virtual time.
    """

    def __init__(
        self,
        write: Any = None,
        verify: Any = None,
        define: Any = defined,
        wait_s: Callable[[int], float] = lambda call: 0.0,
        **options: Any,
    ) -> None:
        super().__init__(self._answers, latency_s=0, **options)
        self._wait_s = wait_s
        self._by_kind: dict[str, Any] = {
            "write": write or {"text": "hello there", "reason": "it says so"},
            "verify": verify or {"label": "refund", "confidence": 0.75},
            "define": define,
        }
        self.asked: dict[str, list[ChatRequest]] = {"write": [], "verify": [], "define": []}

    def _answers(self, request: ChatRequest, call: int) -> Any:
        kind = kind_of(request)
        self.asked[kind].append(request)
        answer = self._by_kind[kind]
        found = answer(request) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]
        if isinstance(found, Mapping):
            wanted = request.json_schema["properties"] if request.json_schema else found
            found = json.dumps({name: found[name] for name in found if name in wanted}, ensure_ascii=False)
        return found

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        number = len(self.requests)
        reply = await super().chat(request, timeout_s=timeout_s)
        await asyncio.sleep(self._wait_s(number))
        return reply

    def make(
        self, inputs: Inputs, n: int = 1, *, request: GenerateRequest | None = None, **options: Any
    ) -> list[Sample | Rejection]:
        """What a generator of these options yields for a batch."""
        generator = Classify(ClassifyConfig.model_validate(options), inputs)
        request = request or make_request(n, inputs=inputs)
        give_models(generator, request, self)

        async def rows() -> list[Sample | Rejection]:
            return [row async for row in generator.generate(request)]

        return in_virtual_time(rows)

    def said(self, kind: str = "write") -> list[str]:
        """The user's part of each request of a kind."""
        return [request.messages[1].content for request in self.asked[kind]]


@pytest.fixture
def desk() -> type[Desk]:
    return Desk


@pytest.fixture
def tickets() -> Inputs:
    """Three labels with seeds and descriptions."""
    return make_inputs(
        TICKETS,
        labels=("refund", "delivery", "login"),
        domain="support",
        task="routing",
        task_input={"description": "First messages.", "tone": "hurried", "label_descriptions": DESCRIPTIONS},
    )
