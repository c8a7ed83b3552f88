from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from datagen_core.sample import Sample, Trace
from datagen_core.testing import ValidatorConformance

pytest.importorskip("torch")
pytest.importorskip("transformers")


class TestTheLocalModel(ValidatorConformance):
    component = "entailment"

    @pytest.fixture(autouse=True)
    def _weights(self, nli_weights: Path) -> None:
        self.weights = nli_weights

    def options_in(self, folder: Path) -> dict[str, object]:
        return {"model": str(self.weights), "min_entailment": 0.0, "max_contradiction": 1.0, "max_pairs": 500}

    def rows_from_a_chunk(self, *texts: str) -> list[Sample]:
        parents = (self.inputs().chunks[0].id,)
        return [Sample(id="r", response=text, trace=Trace(parents=parents)) for text in texts]

    def passing(self) -> Sequence[Sample]:
        return self.rows_from_a_chunk("The sea rises. 海水上涨。 \ud83d [SEP]", "هل ستمطر؟ x" * 30)

    def failing(self) -> Sequence[Sample]:
        long = self.rows_from_a_chunk("x" * 1024 * 1024)
        return [*self.rows_from_a_chunk(""), *long, replace(long[0], response="Far too many. " * 900)]
