from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from datagen_plugin_controlled.config import ControlledConfig
from datagen_plugin_controlled.generator import Controlled

from datagen_core.inputs import Inputs
from datagen_core.model import ChatRequest
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, generate, make_inputs, make_request


class Desk(ScriptedModel):
    """A model that writes, repairs and judges, and keeps what it was asked, each apart.

    Args:
        texts: What it writes, one after the other, repairs among them; the last one again. A mapping is made JSON, a
            text is put into `{"text": …}`, anything else is sent as it is.
        scores: What the judge answers: label → points, or a function of the request that gives them.
    """

    def __init__(self, *texts: Any, scores: Any = None) -> None:
        super().__init__(self._answered, latency_s=0)
        self._texts, self._scores = list(texts), scores or {}
        self.asked: list[tuple[str, ChatRequest]] = []

    def _answered(self, request: ChatRequest, call: int) -> Any:
        kind = kind_of(request)
        self.asked.append((kind, request))
        if kind == "judge":
            found = self._scores(request) if callable(self._scores) else self._scores
        else:
            found = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
            found = {"text": found} if isinstance(found, str) else found
        return json.dumps(found) if isinstance(found, Mapping) else found

    @property
    def order(self) -> list[str]:
        """The kinds of calls, in order."""
        return [kind for kind, _ in self.asked]

    def prompts(self, kind: str) -> list[str]:
        """The user's part of each request of a kind."""
        return [request.messages[1].content for asked, request in self.asked if asked == kind]

    def make(
        self,
        constraints: Mapping[str, Any] | None = None,
        n: int = 1,
        *,
        inputs: Inputs | None = None,
        request: Any = None,
        **options: Any,
    ) -> list[Sample | Rejection]:
        """What a generator of these options yields for a batch."""
        inputs = inputs or make_inputs(domain="shop")
        given = {**options, **({} if constraints is None else {"constraints": constraints})}
        part = Controlled(ControlledConfig.model_validate(given), inputs)
        return generate(part, request or make_request(n, inputs=inputs), self)


def kind_of(request: Any) -> str:
    said = request.messages[0].content
    return "judge" if said.startswith("You rate") else "repair" if said.startswith("You revise") else "write"


@pytest.fixture
def desk() -> type[Desk]:
    return Desk


@pytest.fixture
def kind() -> Callable[[Any], str]:
    return kind_of
