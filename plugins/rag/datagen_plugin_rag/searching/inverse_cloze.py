"""Whether an embedder finds more than words do, told from the passages alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datagen_core.embeddings import Embeddings
from datagen_core.sentences import sentences
from datagen_plugin_rag.searching.bm25 import BM25
from datagen_plugin_rag.searching.ranker import Ranker
from datagen_plugin_rag.searching.vectors import Vectors

TRIED = 128
"""Passages; half of them are too few to say anything below a tenth."""
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """Mean reciprocal ranks of BM25 and of vectors, on so many passages."""

    passages: int
    bm25: float
    vectors: float

    @property
    def is_for_vectors(self) -> bool:
        """Whether they find at least as much: then fusion finds more than either."""
        return self.passages >= ENOUGH and self.vectors >= self.bm25


def inverse_cloze(texts: Sequence[str], embeddings: Embeddings) -> Evidence:
    """How well each finds the passage that a sentence was taken out of.

    Up to 128 passages of two sentences or more, evenly spaced, each without its longest sentence of the second half,
    which is the query. It flatters vectors, for the query's words were taken out; on people's questions in eight
    languages, fusion helped where vectors won here and harmed where they lost. Source of the task: Lee, Chang and
    Toutanova 2019, arXiv 1906.00300 (there it trains a retriever; here it chooses one).
    """
    pairs = [pair for pair in map(_taken_apart, _spaced(texts)) if pair is not None][:TRIED]
    rests, queries = [rest for rest, _ in pairs], [query for _, query in pairs]
    if not pairs:
        return Evidence(0, 0.0, 0.0)
    rankers: list[Ranker] = [BM25(rests), Vectors(embeddings, embeddings.of(rests))]
    return Evidence(len(pairs), *(_reciprocal_rank(ranker, queries) for ranker in rankers))


def _spaced(texts: Sequence[str]) -> list[str]:
    """Up to twice as many as are tried: some have one sentence alone."""
    step = max(1, len(texts) // (2 * TRIED))
    return list(texts[::step][: 2 * TRIED])


def _taken_apart(text: str) -> tuple[str, str] | None:
    """The text without a sentence, and the sentence."""
    found = list(sentences(text))
    if len(found) < 2:
        return None
    start, end = max(found[len(found) // 2 :], key=lambda span: span[1] - span[0])
    return text[:start] + text[end:], text[start:end]


def _reciprocal_rank(ranker: Ranker, queries: Sequence[str]) -> float:
    found = ranker.best(queries, len(queries), None)
    places = [[item for item, _ in ranking] for ranking in found]
    return sum(1 / (items.index(i) + 1) for i, items in enumerate(places) if i in items) / len(queries)
