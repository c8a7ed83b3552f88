"""Does a question find the passage that it cites?"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from datagen_core.retriever import Retriever
from datagen_plugin_rag.evaluation.rows import QA

DEPTHS = (1, 5, 10)
BLOCK = 256
"""Questions that are searched for at once."""


def retrieval(
    rows: Sequence[QA], retriever: Retriever[Any], progress: Callable[[str], None]
) -> dict[str, float]:
    """Recall at 1, 5 and 10, and the mean reciprocal rank among the first 10; nothing without rows.

    Recall is the mean share of a row's cited passages that are found; the rank is that of the first of them.
    """
    recalls: list[list[float]] = []
    ranks: list[float] = []
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        progress(f"grounded-qa: {start:,} of {len(rows):,} questions searched for")
        for row, hits in zip(
            block, retriever.search([row.question for row in block], max(DEPTHS)), strict=True
        ):
            cited, found = {chunk.id for chunk in row.cited}, [hit.chunk.id for hit in hits]
            recalls.append([len(cited & set(found[:depth])) / len(cited) for depth in DEPTHS])
            ranks.append(next((1 / n for n, one in enumerate(found, 1) if one in cited), 0.0))
    if not rows:
        return {}
    means = [sum(column) / len(rows) for column in zip(*recalls, strict=True)]
    return {
        **{f"recall_at_{depth}": mean for depth, mean in zip(DEPTHS, means, strict=True)},
        "mrr": sum(ranks) / len(rows),
    }


def searched(rows: Sequence[QA], most: int, seed: int) -> list[QA]:
    """Those whose passages can be looked for, or so many drawn of them, in their order."""
    able = [row for row in rows if row.cited and row.is_answerable]
    if len(able) <= most:
        return able
    return [able[at] for at in sorted(random.Random(seed).sample(range(len(able)), most))]
