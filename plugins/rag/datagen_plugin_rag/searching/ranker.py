"""What the rankers of passages have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Allowed = NDArray[np.bool_] | None
    """Which passages may be found, one flag each; None for all."""

Ranking = list[tuple[int, float]]
"""(number of the passage, score), best first; of equals the earlier passage."""


class Ranker(Protocol):
    """Puts passages, known by their numbers, in an order for each query."""

    def best(self, queries: Sequence[str], n: int, allowed: Allowed) -> list[Ranking]:
        """For each query up to n of the allowed passages; those that have nothing to do with it aren't among them."""


def best_of(scores: NDArray[Any], n: int, allowed: Allowed) -> Ranking:
    """Up to n of the allowed passages, by their scores, without those of 0 or less."""
    import numpy

    may = scores > 0 if allowed is None else (scores > 0) & allowed
    found = numpy.flatnonzero(may)
    if len(found) > n:
        least = numpy.partition(scores[found], len(found) - n)[len(found) - n]
        found = found[scores[found] >= least]
    order = numpy.lexsort((found, -scores[found]))[:n]
    return [(int(row), float(scores[row])) for row in found[order]]
