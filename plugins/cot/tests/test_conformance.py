from __future__ import annotations

from dataclasses import replace

from datagen_core.sample import Sample
from datagen_core.testing import ExporterConformance, GeneratorConformance, toy_samples


class TestCot(GeneratorConformance):
    component = "cot"
    options = {"check_numbers": False}


class TestCotEnhance(GeneratorConformance):
    component = "cot-enhance"
    options = {"reanswer": False}


class TestCotExport(ExporterConformance):
    component = "cot"
    options = {"form": "merged"}

    def rows(self) -> list[Sample]:
        return [replace(row, reasoning="1. It asks.\n2. So it is one.") for row in toy_samples()]

    def row_of(self, text: str) -> Sample:
        return Sample(id="r9", input="Which?", response=text, reasoning="1. It is said.")
