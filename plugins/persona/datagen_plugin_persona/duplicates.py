"""Which personas are the same: by their words, exactly, and by the cosine of embeddings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.model import EmbeddingRequest, ModelError
from datagen_core.words import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


class WordSets:
    """Texts as sets of words, and whether a new one is a duplicate: Jaccard similarity at or above a threshold.

    The answer is exact. A set of n words shares at least threshold · n of them with one that is so alike, hence one at
    least of any n - ceil(threshold · n) + 1 of them: only texts with one of its rarest few words are compared (prefix
    filter: Chaudhuri et al. 2006, Bayardo et al. 2007).

    Example:
        >>> known = WordSets(0.5)
        >>> known.add("a beekeeper in the Alps")
        >>> known.nearest("a teacher in the Alps")
        (0.6666666666666666, 'a beekeeper in the Alps')
        >>> known.nearest("a teacher of chemistry") is None
        True
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._texts: list[str] = []
        self._sets: list[frozenset[str]] = []
        self._rows: dict[str, list[int]] = {}

    def add(self, text: str) -> None:
        """Takes a text in."""
        found = frozenset(words(text))
        for word in found:
            self._rows.setdefault(word, []).append(len(self._texts))
        self._texts.append(text)
        self._sets.append(found)

    def nearest(self, text: str) -> tuple[float, str] | None:
        """The highest similarity at or above the threshold, and the first text that has it; None below."""
        found = frozenset(words(text))
        alike = [(_jaccard(found, self._sets[row]), -row) for row in self._candidates(found)]
        similarity, row = max(alike, default=(0.0, 0))
        return (similarity, self._texts[-row]) if alike and similarity >= self._threshold else None

    def _candidates(self, found: frozenset[str]) -> set[int]:
        least = math.ceil(self._threshold * len(found) - 1e-9)  # 0.55 · 100 is a little more than 55
        holders = sorted((self._rows.get(word, []) for word in found), key=len)
        return {row for rows in holders[: len(found) - least + 1] for row in rows}


async def vectors(model: BoundModel, texts: Sequence[str]) -> list[Vector | ModelError]:
    """Unit vectors, by a call for each text: one that was embedded before comes out of the cache."""
    work = [_vector(model.at(row=-1, attempt=2 * at), text) for at, text in enumerate(texts)]
    return [found async for found in in_order(work)]


async def _vector(model: BoundModel, text: str) -> Vector | ModelError:
    import numpy as np

    try:
        answer = await model.embed(EmbeddingRequest(texts=(text,)))
    except ModelError as error:
        return error
    found: Vector = np.array(answer.vectors[0], dtype=np.float64)
    length = float(np.linalg.norm(found))
    return found / length if length else found


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)
