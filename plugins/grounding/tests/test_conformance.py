from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Sample
from datagen_core.sample import Trace
from datagen_core.testing import ValidatorConformance, toy_inputs

CHUNK = toy_inputs().chunks[0].id


class TestGrounding(ValidatorConformance):
    component = "grounding"

    def passing(self) -> Sequence[Sample]:
        return [Sample(id="held", response="The sea is raised twice a day.", trace=Trace(parents=(CHUNK,)))]

    def failing(self) -> Sequence[Sample]:
        return [Sample(id="invented", response="It rises by 17 metres.", trace=Trace(parents=(CHUNK,)))]


class TestGroundingOfAll(ValidatorConformance):
    component = "grounding"
    options = {"no_source": "pass", "min_overlap": 0.5, "max_unsupported": 1, "allow_from_input": False}

    def failing(self) -> Sequence[Sample]:
        return [Sample(id="other", response="Bicycles need gears.", trace=Trace(parents=(CHUNK,)))]
