"""BM25 over texts in memory, by rank-bm25 (few passages) or bm25s (many); both give the same scores."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from datagen_plugin_rag.searching.ranker import Ranking, best_of
from datagen_plugin_rag.searching.terms import MAX_CHARS, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datagen_plugin_rag.searching.ranker import Allowed

FEW = 500
"""Passages up to which rank-bm25 answers some 500 questions before bm25s is imported and has its index."""


class BM25:
    """Passages by the words that they share with a query.

    A score is the sum of `idf · tf·(k1 + 1) / (tf + k1·(1 − b + b·length/mean length))` over the query's words. The
    idf is Lucene's, `ln(1 + (N − n + 0.5) / (n + 0.5))`, above 0 for every word: that of rank-bm25 falls below 0 for
    words that more than half of the passages hold, and so would the scores.
    Source: Robertson and Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond".

    Args:
        texts: The passages.
        by: `rank-bm25`, `bm25s`, or `auto` for the one by their number.
    """

    def __init__(self, texts: Sequence[str], by: str = "auto", *, k1: float = 1.5, b: float = 0.75) -> None:
        found = [terms(text) for text in texts]
        self._count = len(texts)
        self._scorer: _RankBM25 | _BM25s | None = None
        if any(found):
            few = by == "rank-bm25" or (by == "auto" and len(texts) <= FEW)
            self._scorer = _RankBM25(found, k1, b) if few else _BM25s(found, k1, b)

    def best(self, queries: Sequence[str], n: int, allowed: Allowed) -> list[Ranking]:
        """See `Ranker.best`."""
        return [best_of(self.scores(query), n, allowed) for query in queries]

    def scores(self, query: str) -> NDArray[np.float32]:
        """Shape (passages,): 0 where no word is shared."""
        import numpy

        asked = terms(query[:MAX_CHARS])
        if self._scorer is None or not asked:
            return numpy.zeros(self._count, dtype=numpy.float32)
        return self._scorer.scores(asked)


class _RankBM25:
    def __init__(self, found: Sequence[list[str]], k1: float, b: float) -> None:
        self._made: Any = import_module("rank_bm25").BM25Okapi(found, k1=k1, b=b)
        holding = Counter(word for words in self._made.doc_freqs for word in words)
        self._made.idf = {
            word: math.log(1 + (len(found) - n + 0.5) / (n + 0.5)) for word, n in holding.items()
        }

    def scores(self, asked: list[str]) -> NDArray[np.float32]:
        known = [word for word in asked if word in self._made.idf]
        scores: NDArray[np.float32] = self._made.get_scores(known).astype("float32")
        return scores


class _BM25s:
    def __init__(self, found: Sequence[list[str]], k1: float, b: float) -> None:
        self._scale = k1 + 1  # which bm25s leaves out: it changes no order
        self._made: Any = import_module("bm25s").BM25(method="lucene", k1=k1, b=b)
        self._made.index(found, show_progress=False)

    def scores(self, asked: list[str]) -> NDArray[np.float32]:
        ids = self._made.get_tokens_ids(asked)
        scores: NDArray[np.float32] = self._made.get_scores_from_ids(ids) * self._scale
        return scores
