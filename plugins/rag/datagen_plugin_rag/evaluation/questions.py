"""How questions are spread: their types, how they begin, which are repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from datagen_core.segmentation import segmented
from datagen_core.words import words
from datagen_plugin_rag.evaluation.rows import QA


def first_words(rows: Sequence[QA]) -> Counter[str]:
    """How often questions begin with which word; of a script without spaces with which two characters."""
    return Counter(_first(row.question) for row in rows)


def repeated(rows: Sequence[QA], near_jaccard: float) -> dict[str, float]:
    """The shares of questions that are an earlier one again: but for case and punctuation, or nearly."""
    from datagen_core.near_duplicates.index import NearDuplicates
    from datagen_core.near_duplicates.normalise import Form

    index = NearDuplicates(near_jaccard, form=Form(strip_punctuation=True))
    same = near = 0
    for at, signature in enumerate(index.sign([row.question for row in rows])):
        if index.same(signature):
            same += 1
        elif index.threshold is not None:
            limit = index.threshold
            near += any(one.reaches(limit) for one in index.candidates(signature))
        index.add(signature, at)
    return {"repeated_questions": same / len(rows), "near_repeated_questions": near / len(rows)}


def _first(question: str) -> str:
    found = words(segmented(question[:200]))
    if not found:
        return ""
    return "".join(found[:2]) if len(found[0]) == 1 and not found[0].isascii() else found[0]
