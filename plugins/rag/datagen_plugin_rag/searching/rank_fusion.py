"""Reciprocal rank fusion: one ranking out of several, by places alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

K = 60
"""The constant of the paper: how little it matters whether something is first or third."""


def fused(
    rankings: Mapping[str, Sequence[int]], weights: Mapping[str, float], k: int = K
) -> list[tuple[int, float]]:
    """(item, score) of all that is ranked anywhere, best first; ties in the order of the items' numbers.

    An item's score is the sum of `weight / (k + place)` over the rankings that hold it, places from 1. The scales of
    the rankings' own scores don't matter. Source: Cormack, Clarke and Büttcher 2009, "Reciprocal rank fusion
    outperforms Condorcet and individual rank learning methods"; weights are an addition (all 1 in the paper).

    Args:
        rankings: Ranker → items, best first, each once.
        weights: Ranker → weight, 0 or more; a ranker of weight 0 isn't asked.

    Example:
        >>> fused({"bm25": [7, 3], "vectors": [3, 9]}, {"bm25": 1, "vectors": 1})[0][0]
        3
    """
    scores: dict[int, float] = {}
    for ranker, items in rankings.items():
        weight = weights[ranker]
        for place, item in enumerate(items if weight else (), start=1):
            scores[item] = scores.get(item, 0.0) + weight / (k + place)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
