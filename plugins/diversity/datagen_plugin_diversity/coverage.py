"""What of the wanted a dataset covers: seeds that a row is near, and how evenly values are spread."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SeedCoverage:
    """How near the nearest row comes to each seed; rows come in blocks.

    Args:
        seeds: Shape (seeds, d), of unit length or zeros.
    """

    def __init__(self, seeds: NDArray[np.float32]) -> None:
        import numpy

        self._seeds = seeds
        self._nearest = numpy.full(len(seeds), -1.0, dtype=numpy.float32)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Takes in rows, shape (n, d)."""
        import numpy

        if len(self._seeds) and len(vectors):
            self._nearest = numpy.maximum(self._nearest, (self._seeds @ vectors.T).max(axis=1))

    @property
    def nearest(self) -> Sequence[float]:
        """Of each seed, the cosine to the nearest row, in [-1, 1] to six decimals; -1 without rows."""
        return [round(min(1.0, max(-1.0, float(cosine))), 6) for cosine in self._nearest]


def evenness(values: Iterable[str], wanted: Sequence[str] = ()) -> float | None:
    """Entropy of values / the most possible, log(k), in [0, 1]; 1 where all k are equally frequent.

    Args:
        values: One per row.
        wanted: What there should be; k counts these and all found. None for k < 2 or no value.

    Example:
        >>> evenness(["a", "b", "a", "b"])
        1.0
    """
    times = Counter(values)
    total, kinds = times.total(), len({*times, *wanted})
    if not total or kinds < 2:
        return None
    entropy = -math.fsum(n / total * math.log(n / total) for n in sorted(times.values()))
    return min(1.0, max(0.0, entropy) / math.log(kinds))
