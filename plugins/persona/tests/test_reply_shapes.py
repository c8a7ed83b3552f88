from __future__ import annotations

import json
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import (
    ReplyShapesConformance,
    ScriptedModel,
    generate,
    make_inputs,
    make_request,
)

PERSONA = {"persona": "a retired beekeeper in the Alps who sells heather honey at fairs"}
OTHER = {"persona": "her accountant in the valley, a keen skier who distrusts cash"}
ROW = {"text": "Which shelf has the 1954 survey of the upper meadows?"}


def starts(request: Any, words: str) -> bool:
    return request.messages[0].content.startswith(words)


class Shapes(ReplyShapesConformance):
    __test__ = False
    component = "persona"

    def inputs(self) -> Inputs:
        return make_inputs(["The hive lost its queen.", "The drill skips."], task="questions to a library")

    def answer(self, request: Any) -> Any:
        if starts(request, "You infer personas"):
            return PERSONA
        return OTHER if starts(request, "You find people") else ROW


class TestPersonaOfAText(Shapes):
    __test__ = True

    def is_tested(self, request: Any) -> bool:
        return starts(request, "You infer personas")


class TestRow(Shapes):
    __test__ = True

    def is_tested(self, request: Any) -> bool:
        return starts(request, "You write one row")


class TestPair(TestRow):
    options = {"output": "pair"}

    def answer(self, request: Any) -> Any:
        found = super().answer(request)
        return {"input": ROW["text"], "response": "The third in the map room."} if found is ROW else found


class TestRelatedPersona(Shapes):
    """The second row of two is that of the related persona."""

    __test__ = True

    def is_tested(self, request: Any) -> bool:
        return starts(request, "You find people")

    def _run(self, tested: Any) -> list[Sample | Rejection]:
        def answer(request: Any, call: int) -> Any:
            found = tested(request) if self.is_tested(request) else self.answer(request)
            return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) else found

        request = make_request(2, inputs=self.inputs())
        return generate(self.build(), request, ScriptedModel(answer, latency_s=0))[1:]


class TestPersonaOfAnExample(Shapes):
    """An example whose persona can't be read isn't shown; the row is made all the same."""

    __test__ = True
    options = {"shots": "persona-few", "depth": 0}

    def inputs(self) -> Inputs:
        return make_inputs(["The hive lost its queen."], task="questions to a library")

    def is_tested(self, request: Any) -> bool:
        return starts(request, "You infer personas") and request.temperature == 0

    def fits(self, shape: Any) -> tuple[str, ...]:
        return ("accepted",)
