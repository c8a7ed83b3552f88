"""Passages that can be searched: filtered, ranked by one or more rankers, fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datagen_core import Hit
from datagen_core.inputs import Seed
from datagen_core.nothing import EMPTY
from datagen_plugin_rag.searching.rank_fusion import K, fused
from datagen_plugin_rag.searching.ranker import Ranker, Ranking

if TYPE_CHECKING:
    from datagen_plugin_rag.searching.ranker import Allowed

DEPTH = 200
"""Passages that each ranker names at least: what is found first doesn't depend on how many are wanted."""


class Passages:
    """Passages with their rankers.

    Args:
        chunks: The passages; rankers know them by their numbers here.
        rankers: Name → ranker. One alone gives its own scores; of several the rankings are fused.
        weights: Name → its weight in the fusion.
    """

    def __init__(
        self,
        chunks: Sequence[Seed],
        rankers: Mapping[str, Ranker],
        weights: Mapping[str, float] = EMPTY,
        rrf_k: int = K,
    ) -> None:
        self._chunks, self._rankers, self._weights, self._rrf_k = chunks, rankers, weights, rrf_k

    def search(self, queries: Sequence[str], k: int, where: Mapping[str, Any]) -> list[list[Hit]]:
        """See `Retriever.search`."""
        if k <= 0 or not queries:
            return [[] for _ in queries]
        allowed = self._allowed(where)
        depth = max(k, DEPTH)
        found = {name: ranker.best(queries, depth, allowed) for name, ranker in self._rankers.items()}
        return [
            self._hits({name: ranked[i] for name, ranked in found.items()}, k) for i in range(len(queries))
        ]

    def _hits(self, found: Mapping[str, Ranking], k: int) -> list[Hit]:
        rankings = {name: [item for item, _ in ranking] for name, ranking in found.items()}
        if len(found) == 1:
            (best,) = found.values()
        else:
            best = fused(rankings, {name: self._weights.get(name, 1.0) for name in found}, self._rrf_k)
        return [
            Hit(
                chunk=self._chunks[item],
                score=score,
                places={name: items.index(item) + 1 for name, items in rankings.items() if item in items},
            )
            for item, score in best[:k]
        ]

    def _allowed(self, where: Mapping[str, Any]) -> Allowed:
        import numpy

        if not where:
            return None
        kept = [
            all(_fits(chunk.row.get(field), wanted) for field, wanted in where.items())
            for chunk in self._chunks
        ]
        return numpy.array(kept, dtype=bool)


def _fits(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, list | tuple | set | frozenset) else bool(value == wanted)
