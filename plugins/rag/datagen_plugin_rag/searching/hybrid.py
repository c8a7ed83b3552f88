"""The retriever: BM25, vectors, or both fused."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from datagen_core import Hit, InputError, Inputs, Retriever
from datagen_core.embeddings import Embeddings
from datagen_core.inputs import Seed
from datagen_core.nothing import EMPTY
from datagen_plugin_rag.config import ForeignColumns, HybridConfig
from datagen_plugin_rag.searching.bm25 import BM25
from datagen_plugin_rag.searching.inverse_cloze import inverse_cloze
from datagen_plugin_rag.searching.passages import Passages
from datagen_plugin_rag.searching.ranker import Ranker
from datagen_plugin_rag.searching.vectors import Vectors

if TYPE_CHECKING:
    from datagen_plugin_rag.store.knowledge_base import StoredPassages


class Hybrid(Retriever[HybridConfig]):
    """Finds passages among the run's chunks, or among those of a knowledge base; indexed on the first search.

    Where the vectors of a knowledge base can't be used, words alone are searched, and a notice says so.
    """

    is_heavy: ClassVar[bool] = True

    def __init__(self, config: HybridConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._stored = _stored(config, inputs) if config.knowledge_base else None
        self._chunks: Sequence[Seed] = self._stored.chunks if self._stored else inputs.chunks
        self._embeddings = self._stored.embeddings if self._stored else inputs.embeddings
        if not self._chunks:
            raise InputError(
                "there are no passages to search",
                expected="documents:, or a knowledge_base among the retriever's options",
            )
        if config.mode == "vectors" and self._embeddings is None:
            raise InputError(
                "the passages have no vectors that can be searched",
                expected="mode: bm25 or auto, or vectors by the recipe's embedder",
                hint=self._stored.notice if self._stored else None,
            )
        self._passages: Passages | None = None
        self._lock = threading.Lock()

    def search(
        self, queries: Sequence[str], k: int, where: Mapping[str, Any] = EMPTY
    ) -> Sequence[Sequence[Hit]]:
        """See `Retriever.search`."""
        with self._lock:
            self._passages = self._passages or self._indexed()
        return self._passages.search(queries, k, where)

    def corpus(self) -> Sequence[Seed] | None:
        """The passages of the knowledge base; None without one."""
        return self._stored.chunks if self._stored else None

    def digest(self) -> str:
        """A hash of the knowledge base's passages; "" without one."""
        return self._stored.digest if self._stored else ""

    def notices(self) -> Sequence[str]:
        """That vectors aren't used, if so."""
        notice = self._stored.notice if self._stored and self.config.mode != "bm25" else ""
        return (notice,) if notice else ()

    def mode(self) -> str:
        """`hybrid`, `bm25` or `vectors`: what the options come to. `auto` may try the embedder, which takes a while."""
        mode, embeddings = self.config.mode, self._embeddings
        if embeddings is None or mode == "bm25":
            return "bm25"
        return mode if mode != "auto" else "hybrid" if self._is_for_vectors(embeddings) else "bm25"

    def _is_for_vectors(self, embeddings: Embeddings) -> bool:
        from datagen_core.builtin.hashing import Hashing

        if isinstance(embeddings.embedder, Hashing):  # below BM25 in each of eight languages, alone and fused
            return False
        if self._stored and self._stored.is_for_vectors is not None:
            return self._stored.is_for_vectors
        return inverse_cloze([chunk.text for chunk in self._chunks], embeddings).is_for_vectors

    def _indexed(self) -> Passages:
        mode = self.mode()
        rankers: dict[str, Ranker] = {}
        if mode != "vectors":
            rankers["bm25"] = self._by_words()
        if mode != "bm25" and self._embeddings is not None:
            rankers["vectors"] = self._by_vectors(self._embeddings)
        return Passages(self._chunks, rankers, self.config.weights.model_dump(), self.config.rrf_k)

    def _by_words(self) -> Ranker:
        config, stored = self.config, self._stored
        is_large = stored is not None and stored.has_words and len(self._chunks) > config.max_in_memory
        if stored is not None and (config.bm25 == "lancedb" or (config.bm25 == "auto" and is_large)):
            from datagen_plugin_rag.searching.lance_rankers import LanceWords

            return LanceWords(stored.tables)
        return BM25([chunk.text for chunk in self._chunks], config.bm25, k1=config.k1, b=config.b)

    def _by_vectors(self, embeddings: Embeddings) -> Ranker:
        if self._stored is None:
            return Vectors(embeddings, embeddings.of([chunk.text for chunk in self._chunks]))
        if len(self._chunks) <= self.config.max_in_memory:
            return Vectors(embeddings, self._stored.vectors())
        from datagen_plugin_rag.searching.lance_rankers import LanceVectors

        return LanceVectors(self._stored.tables, self._stored.vector_column, embeddings)

    def __getstate__(self) -> dict[str, Any]:
        return {"config": self.config, "inputs": self.inputs}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]  # tables are opened and indexes made anew


def _stored(config: HybridConfig, inputs: Inputs) -> StoredPassages:
    from datagen_plugin_rag.store.foreign_table import foreign_table
    from datagen_plugin_rag.store.knowledge_base import is_knowledge_base, knowledge_base

    folder = Path(config.knowledge_base or "")
    if is_knowledge_base(folder) or not list(folder.glob("*.lance")):
        return knowledge_base(folder, config.tables, inputs.embeddings)
    if config.bm25 == "lancedb":
        raise InputError(
            "LanceDB's full-text search needs the index that datagen ingest makes",
            where=str(folder),
            expected="bm25: auto, rank-bm25 or bm25s with another table",
        )
    return foreign_table(folder, config.tables[0], config.columns or ForeignColumns(), inputs.embeddings)
