from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from datagen_plugin_evol_instruct.config import EvolInstructConfig, EvolResponseConfig
from datagen_plugin_evol_instruct.instructions import EvolInstruct
from datagen_plugin_evol_instruct.operations import INSTRUCTION_OPERATIONS, RESPONSE_OPERATIONS
from datagen_plugin_evol_instruct.responses import EvolResponse

from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.prompts import Prompt
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import ScriptedModel, generate, make_inputs, make_request

DIFFERENT = {"requirements": "different", "depth_and_breadth": "equal"}
EQUAL = {"requirements": "equal", "depth_and_breadth": "equal"}
ANSWER = "The tide rises twice a day."
Row = Sample | Rejection


def _systems() -> dict[str, str]:
    """The system message of each operation's prompt → the operation."""
    out = {}
    for name in INSTRUCTION_OPERATIONS:
        prompt = Prompt.from_package("datagen_plugin_evol_instruct", name)
        out[prompt.messages(prompt="")[0].content] = name
    for other in RESPONSE_OPERATIONS:
        prompt = Prompt.from_package("datagen_plugin_evol_instruct", other)
        out[prompt.messages(turns=[], response="")[0].content] = other
    return out


OPERATION_OF = _systems()


class Writer(ScriptedModel):
    """Evolves, judges and answers, and keeps what it was asked, each kind apart.

    Each answer is a value or a function of the text it is about (for `judge`: of the evolved one); a list gives one
    after the other, the last again. What is no text and no exception is sent as JSON.
    """

    def __init__(
        self, evolve: Any = lambda text: f"{text} Why?", judge: Any = DIFFERENT, answer: Any = ANSWER
    ) -> None:
        super().__init__(self._answered, latency_s=0)
        self._script = {"evolve": evolve, "judge": judge, "answer": answer}
        self.asked: dict[str, list[Any]] = {"evolve": [], "judge": [], "answer": []}
        self.steps: list[str] = []

    def _answered(self, request: Any, call: int) -> Any:
        keys = set((request.json_schema or {}).get("properties", ()))
        step = "judge" if "requirements" in keys else "evolve" if keys else "answer"
        self.asked[step].append(request)
        self.steps.append(step)
        found = self._script[step]
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if callable(found):
            found = found(self._about(step, request))
        if step == "evolve" and isinstance(found, str) and not found.startswith("RAW "):
            found = {next(iter(keys)): found}
        return json.dumps(found) if isinstance(found, Mapping) else found

    def _about(self, step: str, request: Any) -> str:
        said = request.messages[-1].content
        if step == "answer":
            return str(said)
        return str(json.loads([line for line in said.split("\n") if line.startswith('"')][-1]))

    @property
    def operations(self) -> list[str]:
        """The operation of each evolving call."""
        return [OPERATION_OF[request.messages[0].content] for request in self.asked["evolve"]]

    def instruct(self, n: int = 1, *, inputs: Inputs | None = None, seed: int = 0, **more: Any) -> list[Row]:
        """What evol-instruct makes of a batch; options that `make_request` doesn't know are the component's."""
        of_request = {
            name: more.pop(name) for name in ("parents", "cells", "batch", "params") if name in more
        }
        inputs = inputs or INSTRUCTIONS
        part = EvolInstruct(EvolInstructConfig.model_validate(more), inputs)
        return generate(part, make_request(n, inputs=inputs, seed=seed, **of_request), self)

    def respond(self, n: int = 1, *, inputs: Inputs | None = None, **more: Any) -> list[Row]:
        """What evol-response makes of a batch."""
        of_request = {
            name: more.pop(name) for name in ("parents", "cells", "batch", "params") if name in more
        }
        inputs = inputs or PAIRS
        part = EvolResponse(EvolResponseConfig.model_validate(more), inputs)
        return generate(part, make_request(n, inputs=inputs, **of_request), self)


def seeds(*rows: Mapping[str, Any]) -> Inputs:
    """Inputs of rows, ids s0, s1 …"""
    made = [
        Seed(id=f"s{i}", text=str(next(iter(row.values()))), label=row.get("label"), row=row)
        for i, row in enumerate(rows)
    ]
    return make_inputs(made)


INSTRUCTIONS = seeds({"instruction": "Explain the tides.", "output": "The moon does it."})
PAIRS = seeds({"instruction": "Explain the tides.", "output": "The moon does it."})


def reasons(rows: Sequence[Row]) -> list[str]:
    return [row.reason if isinstance(row, Rejection) else "accepted" for row in rows]


@pytest.fixture
def writer() -> type[Writer]:
    return Writer


@pytest.fixture
def of_rows() -> Callable[..., Inputs]:
    return seeds


@pytest.fixture
def told() -> Callable[[Sequence[Row]], list[str]]:
    return reasons


@pytest.fixture
def equal() -> Mapping[str, str]:
    return EQUAL
