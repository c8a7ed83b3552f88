"""chrF, as sacreBLEU has it by default: character n-grams of 1 to 6, beta 2, white space ignored, from 0 to 100."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from datagen_core.errors import DatagenError
from datagen_core.sample import Sample


def chrf(text: str, reference: str, *, word_order: int = 0) -> float:
    """How much of a reference a text has (Popović 2015); `word_order=2` is chrF++."""
    return float(_metric(word_order).sentence_score(text, [reference]).score)


def corpus_chrf(texts: Sequence[str], references: Sequence[str]) -> float:
    """The same of many texts: n-grams are counted over all of them, which is no mean of the texts' scores.

    Raises:
        ValueError: none, or not as many texts as references.
    """
    if not texts or len(texts) != len(references):
        raise ValueError(f"{len(texts)} texts and {len(references)} references")
    return float(_metric(0).corpus_score(texts, [references]).score)


def corpus_round_trip(rows: Iterable[Sample]) -> float | None:
    """The round trip's corpus-level chrF over rows of `crosslingual`; None where no row made one.

    It is no translation quality: chrF needs a reference for that.
    """
    parts = [part for row in rows for part in row.metadata.method.get("round_trip", ())]
    return (
        corpus_chrf([part["back"] for part in parts], [part["source"] for part in parts]) if parts else None
    )


@cache
def _metric(word_order: int) -> Any:
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError as error:
        raise DatagenError(
            "chrF needs sacrebleu, which isn't installed", hint="pip install sacrebleu"
        ) from error
    return CHRF(char_order=6, word_order=word_order, beta=2)
