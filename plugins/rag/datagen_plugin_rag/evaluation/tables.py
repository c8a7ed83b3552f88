"""The tables of an evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import quantiles

from datagen_core import Table
from datagen_core.words import words
from datagen_plugin_rag.arms.context import place_of
from datagen_plugin_rag.evaluation.coverage import Coverage, Part
from datagen_plugin_rag.evaluation.rows import QA

PERCENTILES = (5, 25, 50, 75, 95)


MEANINGS = {
    "answers_literal": "answers that stand in their source, literally",
    "answers_in_source": "… white space, case and punctuation apart",
    "numbers_supported": "answers whose numbers all stand in their source",
    "recall_at_1": "questions that find a chunk they cite first",
    "recall_at_5": "… among the first 5",
    "recall_at_10": "… among the first 10",
    "mrr": "mean reciprocal rank of that chunk",
    "chunk_coverage": "chunks that are asked about",
    "unanswerable_share": "questions that are to have no answer",
    "repeated_questions": "questions that were asked before",
    "near_repeated_questions": "… in nearly the same words",
}
"""Metric → what it is, as the first table has it."""


def headline(metrics: Mapping[str, float]) -> Table:
    """The metrics that come first, with what they are."""
    return Table(
        title=f"{metrics['questions']:,.0f} questions and answers",
        columns=("measure", "value", "metric"),
        rows=tuple(
            (meaning, round(metrics[name], 4), name) for name, meaning in MEANINGS.items() if name in metrics
        ),
    )


def tables(rows: Sequence[QA], first: Counter[str], coverage: Coverage, shown: int) -> Iterator[Table]:
    """All that have something to show."""
    kinds = Counter(row.kind or "(none told)" for row in rows)
    if set(kinds) != {"(none told)"}:
        yield _counted("Types of question", "type", kinds, shown)
    yield _counted("First words of questions", "word", first, shown)
    yield _lengths(rows)
    yield from _lacking("Documents", "document", coverage.documents(), shown)
    yield from _lacking("Headings", "heading", coverage.headings(), shown)
    if left := coverage.never_asked():
        yield Table(
            title=f"Chunks that no row asks about ({min(shown, len(left)):,} of {len(left):,})",
            columns=("chunk", "place", "tokens"),
            rows=tuple((one.id, place_of(one), coverage.tokens(one)) for one in left[:shown]),
        )


def _counted(title: str, name: str, counts: Counter[str], shown: int) -> Table:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    more = f" ({shown:,} of {len(ordered):,})" if len(ordered) > shown else ""
    total = counts.total()
    return Table(
        title=f"{title}{more}",
        columns=(name, "rows", "share"),
        rows=tuple((key, n, round(n / total, 4)) for key, n in ordered[:shown]),
    )


def _lengths(rows: Sequence[QA]) -> Table:
    return Table(
        title="Words",
        columns=("of", "least", *(f"{p} %" for p in PERCENTILES), "most"),
        rows=(
            ("questions", *_spread([len(words(row.question)) for row in rows])),
            ("answers", *_spread([len(words(row.answer)) for row in rows])),
        ),
    )


def _spread(lengths: Sequence[int]) -> tuple[float, ...]:
    ordered = sorted(lengths)
    cuts = quantiles(ordered, n=100, method="inclusive") if len(ordered) > 1 else [float(ordered[0])] * 99
    return (ordered[0], *(cuts[p - 1] for p in PERCENTILES), ordered[-1])


def _lacking(title: str, name: str, parts: Sequence[Part], shown: int) -> Iterator[Table]:
    under = [part for part in parts if part.lacking > 0]
    if under:
        yield Table(
            title=f"{title} with fewer rows than their tokens ask for ({min(shown, len(under)):,} of {len(under):,})",
            columns=(name, "tokens", "wanted share", "rows", "share"),
            rows=tuple(
                (part.name, part.tokens, round(part.wanted, 4), round(part.rows, 2), round(part.got, 4))
                for part in under[:shown]
            ),
        )
