from __future__ import annotations

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import GeneratorConformance, make_inputs


def tasks() -> Inputs:
    return make_inputs(
        [
            Seed(
                id=f"task{i}",
                text=f"Describe the {thing} to someone who has never seen one",
                row={"instruction": f"Describe the {thing} to someone", "is_classification": i % 2 == 0},
            )
            for i, thing in enumerate(
                ["sea", "moon", "desert", "harbour", "forest", "market", "bridge", "fog"]
            )
        ]
    )


class TestSelfInstruct(GeneratorConformance):
    component = "self-instruct"


class TestChat(GeneratorConformance):
    component = "self-instruct"
    options = {"interface": "chat", "form": "plain"}

    def inputs(self) -> Inputs:
        return tasks()


class TestClassification(GeneratorConformance):
    component = "self-instruct-classification"

    def inputs(self) -> Inputs:
        return tasks()
