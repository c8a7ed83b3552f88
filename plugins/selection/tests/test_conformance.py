from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from datagen_core.sample import Sample, Trace
from datagen_core.testing import ScriptedModel, SelectorConformance


class TestTop(SelectorConformance):
    component = "top"


class TestTopFromAThresholdOn(SelectorConformance):
    component = "top"
    options = {"min_score": 0.5}


class TestStratified(SelectorConformance):
    component = "stratified"


class TestStratifiedAndFilled(SelectorConformance):
    component = "stratified"
    options = {"by": ["label", "arm"], "shares": {"label": {"music": 2, "weather": 1}}, "fill": True}


class TestKCenter(SelectorConformance):
    component = "k-center"


class TestKCenterThatStops(SelectorConformance):
    component = "k-center"
    options = {"covered_at": 0.1, "field": "text"}


class TestCoverage(SelectorConformance):
    component = "coverage"


class TestDiverseCoverage(SelectorConformance):
    component = "coverage"
    options = {"min_cosine_similarity": 0.1, "keep": "diverse", "per_cluster": 2}


class TestLima(SelectorConformance):
    component = "lima"
    options = {
        "min_chars": 10,
        "source": "label",
        "per_source": 2,
        "score": "quality_score",
        "min_score": 0.15,
    }


class TestDeita(SelectorConformance):
    """Rows are questions with an answer, in families of three."""

    component = "deita"

    def rows(self) -> list[Sample]:
        return [
            replace(
                row, input=f"What does this mean: {row.response}?", trace=Trace(parents=(f"seed{at // 3}",))
            )
            for at, row in enumerate(super().rows())
        ]

    def model(self) -> ScriptedModel:
        def answer(request: Any, call: int) -> str:
            letters = request.json_schema["properties"]["scores"]["required"]
            return json.dumps({"ranking": letters, "scores": {one: 1 + at for at, one in enumerate(letters)}})

        return ScriptedModel(answer, latency_s=0)


class TestDeitaWithTheRehearsal(TestDeita):
    component = "deita"

    def model(self) -> None:
        return None


class TestDeitaByFields(SelectorConformance):
    component = "deita"
    options = {"scorer": "fields", "max_cosine_similarity": 0.5}

    def rows(self) -> list[Sample]:
        scored = {"complexity": 3, "quality": 2.5}
        return [replace(row, metadata=replace(row.metadata, method=scored)) for row in super().rows()]
