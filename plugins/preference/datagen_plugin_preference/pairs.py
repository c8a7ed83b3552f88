"""Which two candidates make the pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Two candidates by number, and how far apart their scores are."""

    chosen: int
    rejected: int
    margin: float


def pair(
    scores: Sequence[float | None],
    may_be_chosen: Sequence[bool],
    *,
    how: str,
    order: Sequence[int],
    luck: float,
) -> Pair | None:
    """The best candidate that may be chosen, and one that stands below it; None where there is none.

    Candidates without a score are in no pair.

    Args:
        how: `best-worst`, `best-second` or `best-random`: of those below.
        order: A place for each candidate, which decides between equal scores.
        luck: In [0, 1): decides which one is `best-random`'s.

    Example:
        >>> pair([7.5, None, 9.0, 3.0], [True] * 4, how="best-worst", order=[0, 1, 2, 3], luck=0.5)
        Pair(chosen=2, rejected=3, margin=6.0)
    """
    score = {at: value for at, value in enumerate(scores) if value is not None}
    ranked = sorted(score, key=lambda at: (-score[at], order[at]))
    best = next((place for place, at in enumerate(ranked) if may_be_chosen[at]), None)
    below = [] if best is None else ranked[best + 1 :]
    if best is None or not below:
        return None
    places = {"best-worst": -1, "best-second": 0, "best-random": int(luck * len(below))}
    chosen, rejected = ranked[best], below[places[how]]
    return Pair(chosen, rejected, round(score[chosen] - score[rejected], 4))
