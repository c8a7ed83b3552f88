"""Passages by the cosine of their vectors to the query's: exact, by matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datagen_plugin_rag.searching.ranker import Ranking, best_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datagen_core.embeddings import Embeddings
    from datagen_plugin_rag.searching.ranker import Allowed

AT_ONCE = 8
"""Queries to a product. Always so many, the last ones zeros, so that a query's cosines don't depend on the others."""
DIGITS = 6
"""Of a cosine that count: the rest is rounding, which must not decide an order."""


class Vectors:
    """Passages by nearness of vectors.

    Args:
        embeddings: Who embeds the queries.
        rows: The passages' vectors by the same embedder, of unit length or zeros.
    """

    def __init__(self, embeddings: Embeddings, rows: NDArray[np.float32]) -> None:
        self._embeddings, self._rows = embeddings, rows

    def best(self, queries: Sequence[str], n: int, allowed: Allowed) -> list[Ranking]:
        """See `Ranker.best`; a passage at a right angle or more to the query has nothing to do with it."""
        import numpy

        vectors = self._embeddings.of(queries)
        out: list[Ranking] = []
        for first in range(0, len(queries), AT_ONCE):
            some = vectors[first : first + AT_ONCE]
            padded = numpy.zeros((AT_ONCE, some.shape[1]), dtype=numpy.float32)
            padded[: len(some)] = some
            cosines = (padded @ self._rows.T).round(DIGITS)[: len(some)]
            out += [best_of(row, n, allowed) for row in cosines]
        return out
