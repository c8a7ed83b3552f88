from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from datagen_core.inputs import Inputs
from datagen_core.model import ChatRequest
from datagen_core.plugins.host import installed
from datagen_core.sample import Sample, Verdict
from datagen_core.testing import ScriptedModel, make_inputs
from datagen_core.testing.model_bindings import bound_models
from datagen_core.testing.virtual_time import in_virtual_time

ROW = Sample(id="r0", input="What is 2 + 2?", response="4")


@dataclass
class Judging:
    """A judge by its name in recipes, asked about rows in virtual time; its requests are kept.

    Attributes:
        answer: A reply to every request, or what makes one of a request.
        by: By alias, a reply or a maker of replies of its own.
    """

    use: str
    answer: Any = ""
    options: dict[str, Any] = field(default_factory=dict)
    inputs: Inputs = field(default_factory=make_inputs)
    by: dict[str, Any] = field(default_factory=dict)
    requests: list[ChatRequest] = field(default_factory=list)

    def build(self) -> Any:
        offer, preset = installed().find("validator", self.use)
        options = {**(preset.options if preset else {}), **self.options}
        component = offer.component
        return component.load_impl()(component.load_config().model_validate(options), self.inputs)

    def verdicts(self, samples: Sequence[Sample]) -> list[Verdict]:
        part = self.build()

        def answer(request: ChatRequest, call: int, said: Any = self.answer) -> Any:
            self.requests.append(request)
            return said(request) if callable(said) else said

        bound = bound_models(part, ScriptedModel(answer))
        for alias, said in self.by.items():
            own = ScriptedModel(lambda request, call, said=said: answer(request, call, said), name=alias)
            bound[alias] = bound_models(part, own)[alias]
        return list(in_virtual_time(lambda: part.validate(samples, bound)))

    def verdict(self, row: Sample = ROW) -> Verdict:
        (found,) = self.verdicts([row])
        return found


@pytest.fixture
def judging() -> Callable[..., Judging]:
    """`judging(use, reply, by=replies by alias, **options)`."""

    def make(
        use: str, said: Any = "", /, *, inputs: Inputs | None = None, by: Any = None, **options: Any
    ) -> Judging:
        return Judging(use, said, options, inputs or make_inputs(), by or {})

    return make
