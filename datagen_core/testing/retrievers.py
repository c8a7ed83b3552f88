"""The rules of retrievers."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, ClassVar

from datagen_core.inputs import Seed
from datagen_core.retriever import Hit, Retriever
from datagen_core.testing.components import ComponentConformance
from datagen_core.testing.toy_data import AWKWARD_TEXTS


class RetrieverConformance(ComponentConformance):
    """Rules for retrievers. Set `component`; it is tried on the chunks of `inputs()`, or on the corpus it brings."""

    kind: ClassVar[str] = "retriever"
    interface: ClassVar[type] = Retriever

    def use(self) -> object:
        """What each passage's own text finds, as ids."""
        return [[hit.chunk.id for hit in found] for found in self._search(self._texts(), 3)]

    def _passages(self, part: Any) -> Sequence[Seed]:
        found = part.corpus()
        return self.inputs().chunks if found is None else found

    def _texts(self) -> list[str]:
        return [chunk.text for chunk in self._passages(self.build())]

    def _search(self, queries: Sequence[str], k: int, part: Any = None, **where: Any) -> list[list[Hit]]:
        found = (part or self.build()).search(queries, k, where)
        return [list(hits) for hits in found]

    def test_there_are_passages_to_search(self) -> None:
        assert self._texts(), "rule: the suite needs passages; override inputs() or options_in()"

    def test_each_query_has_its_hits(self) -> None:
        part, texts = self.build(), self._texts()
        for n in (0, 1, len(texts)):
            assert len(self._search(texts[:n], 2, part)) == n, "rule: one sequence of hits for each query"

    def test_a_passage_finds_itself_first(self) -> None:
        part = self.build()
        passages = self._passages(part)
        found = self._search([chunk.text for chunk in passages], 1, part)
        same = sum(
            hits[0].chunk.text == chunk.text for hits, chunk in zip(found, passages, strict=True) if hits
        )
        assert same >= 0.9 * len(passages), (
            f"rule: the text of a passage finds it; {same} of {len(passages)} did"
        )

    def test_hits_are_at_most_k_distinct_and_sorted(self) -> None:
        part, texts = self.build(), self._texts()
        known = {chunk.id for chunk in self._passages(part)}
        for k in (0, 1, 2, len(texts) + 5):
            for hits in self._search(texts[:2], k, part):
                ids = [hit.chunk.id for hit in hits]
                assert len(ids) <= k and len(set(ids)) == len(ids), (
                    f"rule: at most k passages, each once; {k} gave {ids}"
                )
                scores = [hit.score for hit in hits]
                assert scores == sorted(scores, reverse=True), f"rule: best first; found {scores}"
                assert set(ids) <= known, "rule: hits are passages of the corpus"

    def test_a_filter_keeps_what_it_names(self) -> None:
        part, texts = self.build(), self._texts()
        document = self._passages(part)[0].row["document"]
        for wanted in (document, [document, "no such document"]):
            for hit in self._search(texts[:1], 5, part, document=wanted)[0]:
                assert hit.chunk.row["document"] == document, (
                    "rule: where keeps what equals a value or is in a list"
                )
        assert self._search(texts[:1], 5, part, document="no such document") == [[]], (
            "rule: where nothing matches the filter nothing is found"
        )

    def test_awkward_queries_are_answered(self) -> None:
        queries = ["", " ", *AWKWARD_TEXTS.values(), '"quoted" AND (NOT x) OR y:* ^~']
        assert len(self._search(queries, 2)) == len(queries), "rule: any text is a query"

    def test_a_query_finds_the_same_whatever_is_asked_beside_it(self) -> None:
        part, texts = self.build(), self._texts()[:3]
        together = [[hit.chunk.id for hit in hits] for hits in self._search(texts, 3, part)]
        alone = [[hit.chunk.id for hit in self._search([text], 3, part)[0]] for text in texts]
        assert together == alone, "rule: what a query finds doesn't depend on the others"

    def test_it_pickles(self) -> None:
        part, texts = self.build(), self._texts()[:1]
        expected = [hit.chunk.id for hit in self._search(texts, 3, part)[0]]
        copy = pickle.loads(pickle.dumps(part))  # noqa: S301 (our own bytes)
        assert [hit.chunk.id for hit in self._search(texts, 3, copy)[0]] == expected, (
            "rule: a retriever pickles and finds the same then"
        )
