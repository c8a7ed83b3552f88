from __future__ import annotations

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import GeneratorConformance
from datagen_core.testing.toy_data import make_inputs


class TestNaive(GeneratorConformance):
    component = "naive"


class TestConservative(GeneratorConformance):
    component = "naive-conservative"


class TestBalanced(GeneratorConformance):
    component = "naive-balanced"


class TestCreative(GeneratorConformance):
    component = "naive-creative"


class TestPairs(GeneratorConformance):
    component = "naive"
    options = {"output": "pair", "examples": 0}

    def inputs(self) -> Inputs:
        return make_inputs(domain="cooking", task="question answering")


class TestRecordsOfADataset(GeneratorConformance):
    component = "naive"

    def inputs(self) -> Inputs:
        seeds = [
            Seed(id=f"plant{i}", text=f"plant: {name}", row={"plant": name, "age": str(i)})
            for i, name in enumerate(("saguaro", "mesquite", "ocotillo"))
        ]
        schema = {
            "type": "object",
            "properties": {
                "plant": {"type": "string"},
                "mood": {"enum": ["glad", "sad"]},
                "age": {"type": "integer"},
                "story": {"type": "string", "minLength": 20, "maxLength": 300},
            },
            "required": ["plant", "mood", "age", "story"],
            "additionalProperties": False,
        }
        fields = {"plant": "plant", "age": "age"}
        return make_inputs(
            seeds,
            labels=("glad", "sad"),
            domain="botany",
            json_schema=schema,
            task_input={"dataset_fields": fields, "description": "A story about a plant."},
        )
