from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core import Sample
from datagen_core.testing import GeneratorConformance, ValidatorConformance

QUESTION = "a farmer has seven sheep and four of them jump over the fence how many stay"


def options_with_benchmark(folder: Path) -> Mapping[str, Any]:
    file = folder / "benchmark.jsonl"
    file.write_text(json.dumps({"id": "q1", "question": QUESTION}) + "\n", encoding="utf-8")
    return {"benchmarks": [{"path": str(file), "fields": ["question"]}]}


class TestDecontaminate(ValidatorConformance):
    component = "decontaminate"

    def options_in(self, folder: Path) -> Mapping[str, Any]:
        return options_with_benchmark(folder)

    def failing(self) -> Sequence[Sample]:
        return [Sample(id="leak", response=QUESTION)]


class TestExcise(GeneratorConformance):
    component = "excise"

    def options_in(self, folder: Path) -> Mapping[str, Any]:
        return options_with_benchmark(folder)
