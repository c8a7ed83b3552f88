from __future__ import annotations

from pathlib import Path

import pytest

from datagen_core.testing import EmbedderConformance

pytest.importorskip("sentence_transformers")


class TestSentenceTransformers(EmbedderConformance):
    component = "sentence-transformers"

    @pytest.fixture(autouse=True)
    def _weights(self, bert_weights: Path) -> None:
        self.weights = bert_weights

    def options_in(self, folder: Path) -> dict[str, object]:
        return {"model": str(self.weights)}


class TestSentenceTransformersWithAPrompt(TestSentenceTransformers):
    component = "sentence-transformers"

    def options_in(self, folder: Path) -> dict[str, object]:
        return {"model": str(self.weights), "prompt": "query: ", "max_seq_length": 48, "batch_size": 2}
