from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from datagen_core.sample import Sample
from datagen_core.testing import ValidatorConformance

pytest.importorskip("torch")
pytest.importorskip("transformers")


class TestPerplexity(ValidatorConformance):
    component = "perplexity"

    @pytest.fixture(autouse=True)
    def _weights(self, gpt_weights: Path) -> None:
        self.weights = gpt_weights

    def options_in(self, folder: Path) -> dict[str, object]:
        return {"model": str(self.weights), "max": 1e9, "max_chars": 25_000}

    def passing(self) -> Sequence[Sample]:
        return [Sample(id="r", response=text) for text in ("海水上涨。", "\ud83d </s> x", "a" * 200)]

    def failing(self) -> Sequence[Sample]:
        return [Sample(id="r", response=text) for text in ("", "x" * 25_001)]


class TestPerplexityGivenTheInput(TestPerplexity):
    component = "perplexity"

    def options_in(self, folder: Path) -> dict[str, object]:
        return {"model": str(self.weights), "given_input": True, "per": "byte", "min": 0.0, "max_ifd": 100.0}

    def passing(self) -> Sequence[Sample]:
        return [Sample(id="r", input="¿qué?", response="nada")]

    def failing(self) -> Sequence[Sample]:
        return [Sample(id="r", response="nada")]
