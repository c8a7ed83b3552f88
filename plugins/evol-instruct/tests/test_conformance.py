from __future__ import annotations

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import GeneratorConformance, make_inputs


def pairs() -> Inputs:
    things = ["sea", "moon", "desert", "harbour", "forest", "market", "bridge", "fog"]
    return make_inputs(
        [
            Seed(
                id=f"s{i}",
                text=f"Describe the {thing}",
                row={"instruction": f"Describe the {thing}.", "output": f"The {thing} is wide."},
            )
            for i, thing in enumerate(things)
        ]
    )


class TestEvolInstruct(GeneratorConformance):
    component = "evol-instruct"
    options = {"emit": "all", "rounds": 2}


class TestInDepth(GeneratorConformance):
    component = "evol-instruct-in-depth"
    options = {"rounds": 1}


class TestInBreadth(GeneratorConformance):
    component = "evol-instruct-in-breadth"
    options = {"rounds": 1}


class TestOneRound(GeneratorConformance):
    component = "evol-instruct-one-round"


class TestEvolResponse(GeneratorConformance):
    component = "evol-response"

    def inputs(self) -> Inputs:
        return pairs()
