"""Rankers that leave the work to LanceDB, for more passages than vectors are kept of in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from datagen_plugin_rag.searching.ranker import Ranking
from datagen_plugin_rag.searching.terms import MAX_CHARS, terms
from datagen_plugin_rag.store.lance_tables import WORDS

if TYPE_CHECKING:
    from datagen_core.embeddings import Embeddings
    from datagen_plugin_rag.searching.ranker import Allowed

Tables = Sequence[tuple[Any, Mapping[int, int]]]
"""Tables, each with the number of the passage that is in a row, by LanceDB's row id."""


class LanceWords:
    """BM25 by LanceDB's full-text index of our terms; its k1 is 1.2, and each table has frequencies of its own."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def best(self, queries: Sequence[str], n: int, allowed: Allowed) -> list[Ranking]:
        """See `Ranker.best`."""
        query_of = import_module("lancedb.query").MatchQuery

        def found(table: Any, asked: str) -> Any:
            return table.search(query_of(asked, WORDS), query_type="fts").select(["_score"])

        asked = [" ".join(terms(query[:MAX_CHARS])) for query in queries]
        return [_best(self._tables, query, found, "_score", n, allowed) if query else [] for query in asked]


class LanceVectors:
    """Nearness by LanceDB: by the index of the table where there is one, else exact."""

    def __init__(self, tables: Tables, column: str, embeddings: Embeddings) -> None:
        self._tables, self._column, self._embeddings = tables, column, embeddings

    def best(self, queries: Sequence[str], n: int, allowed: Allowed) -> list[Ranking]:
        """See `Ranker.best`."""

        def found(table: Any, vector: Any) -> Any:
            query = table.search(vector, vector_column_name=self._column)
            return query.distance_type("cosine").select(["_distance"])

        vectors = self._embeddings.of(queries)
        return [
            _best(self._tables, vector, found, "_distance", n, allowed) if vector.any() else []
            for vector in vectors
        ]


def _best(
    tables: Tables, asked: Any, found: Callable[[Any, Any], Any], score: str, n: int, allowed: Allowed
) -> Ranking:
    out: Ranking = []
    for table, numbers in tables:
        query = found(table, asked).with_row_id(True).limit(n)
        if allowed is not None:
            rows = [str(row) for row, number in numbers.items() if allowed[number]]
            if not rows:
                continue
            query = query.where(f"_rowid IN ({', '.join(rows)})", prefilter=True)
        for row in query.to_list():
            value = 1 - row[score] if score == "_distance" else row[score]
            if value > 0 and row["_rowid"] in numbers:
                out.append((numbers[row["_rowid"]], value))
    return sorted(out, key=lambda pair: (-pair[1], pair[0]))[:n]
