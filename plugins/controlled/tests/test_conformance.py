from __future__ import annotations

import pytest
from datagen_plugin_controlled.config import ControlledConfig
from datagen_plugin_controlled.generator import Controlled

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import GeneratorConformance, make_inputs
from datagen_core.testing.toy_data import toy_inputs

FORBIDDEN = {"words": ["qqq"], "mode": "none_of"}


class TestControlled(GeneratorConformance):
    component = "controlled"
    options = {"constraints": {"length": {"max_words": 30}, "keywords": FORBIDDEN}}


class TestOnceByTheRecipesSections(GeneratorConformance):
    component = "controlled-once"
    options = {"margin": 0.5, "alternatives": {"tone": ["friendly", "stern"]}}

    def inputs(self) -> Inputs:
        return make_inputs(
            domain="cooking",
            task="question answering",
            constraints={"length": {"max_words": 30}, "reading_age": 12},
            coverage={"tone": ("friendly", "stern")},
        )


class TestStrictOnRecords(GeneratorConformance):
    component = "controlled-strict"
    options = {"constraints": {"length": "short", "keywords": FORBIDDEN}}

    def inputs(self) -> Inputs:
        seeds = [
            Seed(id=f"plant{i}", text=f"plant: {name}", label=label, row={"plant": name})
            for i, (name, label) in enumerate([("saguaro", "big"), ("mesquite", "big"), ("moss", "small")])
        ]
        return make_inputs(seeds, seeds_are_records=True, domain="botany")


class TestCreativePairs(GeneratorConformance):
    component = "controlled-creative"
    options = {"constraints": {"length": {"min_words": 3}}, "output": "pair", "examples": 0}


def test_without_constraints_there_is_nothing_to_control() -> None:
    for options in ({}, {"constraints": {}}, {"constraints": {"keywords": []}}):
        with pytest.raises(InputError, match="nothing to control"):
            Controlled(ControlledConfig.model_validate(options), toy_inputs())
