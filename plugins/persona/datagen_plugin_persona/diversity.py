"""How unlike each other texts are: the share of distinct words and word pairs, and the mean pairwise similarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from datagen_core.words import words

MOST_COMPARED = 300
"""Texts compared with each other at most: 44,850 pairs, 0.1 s or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversity:
    """Of some texts; None where there is nothing to measure.

    Attributes:
        texts: How many.
        distinct_1, distinct_2: Distinct words (word pairs) over all words (word pairs), Li et al. 2016. They fall with
            the number of words: compare sets of one size.
        mean_similarity: Mean Jaccard similarity of the word sets of two texts.
        compared: How many texts that mean is over.
    """

    texts: int
    distinct_1: float | None
    distinct_2: float | None
    mean_similarity: float | None
    compared: int


def diversity(texts: Sequence[str], *, most_compared: int = MOST_COMPARED) -> Diversity:
    """Of all texts; pairs are compared among at most so many, at even distances.

    Example:
        >>> diversity(["red wine", "red beer"])
        Diversity(texts=2, distinct_1=0.75, distinct_2=1.0, mean_similarity=0.3333333333333333, compared=2)
    """
    split = [words(text) for text in texts]
    sets = [frozenset(found) for found in split]
    if len(sets) > most_compared:
        sets = [sets[at * len(sets) // most_compared] for at in range(most_compared)]
    similarities = [len(a & b) / len(a | b) if a | b else 1.0 for a, b in combinations(sets, 2)]
    return Diversity(
        texts=len(texts),
        distinct_1=_distinct([word for found in split for word in found]),
        distinct_2=_distinct([pair for found in split for pair in pairwise(found)]),
        mean_similarity=sum(similarities) / len(similarities) if similarities else None,
        compared=len(sets),
    )


def _distinct(grams: Sequence[object]) -> float | None:
    return len(set(grams)) / len(grams) if grams else None
