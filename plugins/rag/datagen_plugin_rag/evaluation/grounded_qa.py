"""The evaluator `grounded-qa`: questions and answers held against the documents that they were made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from datagen_core import Evaluation, Evaluator, Retriever, Sample
from datagen_plugin_rag.config import HybridConfig
from datagen_plugin_rag.evaluation.answers import support
from datagen_plugin_rag.evaluation.config import GroundedQAConfig
from datagen_plugin_rag.evaluation.coverage import Coverage
from datagen_plugin_rag.evaluation.questions import first_words, repeated
from datagen_plugin_rag.evaluation.retrieval import retrieval, searched
from datagen_plugin_rag.evaluation.rows import QA, questions_of
from datagen_plugin_rag.evaluation.tables import headline, tables
from datagen_plugin_rag.searching.hybrid import Hybrid

Progress = Callable[[str], None]


class GroundedQA(Evaluator[GroundedQAConfig]):
    """Whether answers are in what they cite, questions find it, and all of the documents is asked about.

    Passages are looked for by the recipe's retriever, else by `hybrid` over its documents. A row without a question
    counts nowhere, one without a citation neither in the support of answers nor in retrieval and coverage.
    """

    def evaluate(self, samples: Sequence[Sample], progress: Progress = lambda step: None) -> Evaluation:
        """Metrics, each in [0, 1] but the number of questions; tables; notes on what couldn't be measured."""
        progress(f"grounded-qa: reading {len(samples):,} rows")
        rows = list(questions_of(samples, self.inputs))
        if not rows:
            return Evaluation(
                metrics={"questions": 0.0},
                notes=(f"none of {len(samples):,} rows asks anything: there is nothing to measure",),
            )
        progress("grounded-qa: answers and their sources")
        asked = searched(rows, self.config.max_queries, self.config.seed)
        coverage, first = Coverage(rows, self.inputs.chunks), first_words(rows)
        metrics = {
            "questions": float(len(rows)),
            **support(rows),
            **self._retrieval(asked, progress),
            **coverage.metrics(),
            "unanswerable_share": sum(not row.is_answerable for row in rows) / len(rows),
            "top_first_word_share": max(first.values()) / len(rows),
            **repeated(rows, self.config.near_jaccard),
        }
        return Evaluation(
            metrics=metrics,
            tables=(headline(metrics), *tables(rows, first, coverage, self.config.shown)),
            notes=tuple(self._notes(len(samples), rows, asked)),
        )

    def _retrieval(self, asked: Sequence[QA], progress: Progress) -> dict[str, float]:
        return retrieval(asked, self._retriever(), progress) if asked else {}

    def _retriever(self) -> Retriever[Any]:
        return self.inputs.retriever or Hybrid(HybridConfig(), self.inputs)

    def _notes(self, given: int, rows: Sequence[QA], asked: Sequence[QA]) -> Iterator[str]:
        if given > len(rows):
            yield f"{given - len(rows):,} of {given:,} rows have no question and were left aside"
        if not self.inputs.chunks:
            yield "there are no documents: neither retrieval nor coverage could be measured"
        else:
            unknown = sum(row.unknown for row in rows)
            uncited = sum(not row.asked for row in rows) - unknown
            if uncited:
                yield f"{uncited:,} rows cite no chunk (chunk_id, chunk_ids): they count in no coverage"
            if unknown:
                yield f"{unknown:,} rows cite chunks that the documents don't have: were they cut anew?"
        unchecked = sum(row.is_answerable and not row.is_checked for row in rows)
        if unchecked:
            yield f"{unchecked:,} answers are empty or have no source to be looked up in"
        able = sum(bool(row.cited) and row.is_answerable for row in rows)
        if able > len(asked):
            yield f"retrieval is that of {len(asked):,} questions drawn of {able:,}"
        yield "an answer in its own words is in no source literally: entailment-judge and grounding judge those"
