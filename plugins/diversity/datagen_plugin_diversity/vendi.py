"""The Vendi score: how many different rows a collection amounts to, by the spread of its vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_EIGENVALUE = 1e-12
"""Below it is rounding; what is left out weighs less than 3e-11."""


def vendi_score(vectors: NDArray[np.float32]) -> float | None:
    """How many rows that are altogether different would be as diverse: 1 where all are equal, n where no two are alike.

    Args:
        vectors: Shape (n, d), of unit length; those that are zeros are left out.

    Returns:
        exp of the entropy of the eigenvalues of K / n, K the cosines (order q = 1); None without vectors.

    Source: Friedman and Dieng 2023, arXiv 2210.02410, definition 3.1.
    """
    spread = Spread()
    spread.add(vectors)
    return spread.score


class Spread:
    """What the Vendi score of vectors depends on, gathered block by block.

    The n × n cosines and the d × d sum of outer products have the same eigenvalues but for zeros. Vectors are kept
    while they are no more than d and summed up from then on: the smaller matrix decides, and memory stays small.
    """

    def __init__(self) -> None:
        self.count = 0
        self.dimensions = 0
        self._kept: list[NDArray[np.float64]] = []
        self._sum: NDArray[np.float64] | None = None

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Takes in vectors, shape (n, d), of unit length; those that are zeros are left out."""
        import numpy

        found = vectors[vectors.any(axis=1)].astype(numpy.float64)
        self.count += len(found)
        self.dimensions = vectors.shape[1]
        self._kept.append(found)
        if self._sum is not None or self.count > self.dimensions:
            rows = numpy.concatenate(self._kept)
            self._sum = rows.T @ rows if self._sum is None else self._sum + rows.T @ rows
            self._kept = []

    @property
    def score(self) -> float | None:
        """The Vendi score, from 1 to min(n, d); None without vectors."""
        import numpy

        if not self.count:
            return None
        if self._sum is not None:
            return _effective_number(self._sum / self.count)
        kept = numpy.concatenate(self._kept)
        return _effective_number(kept @ kept.T / self.count)

    @property
    def ratio(self) -> float | None:
        """The score / the most that it could be, min(n, d), in (0, 1]; None without vectors."""
        score = self.score
        return None if score is None else score / min(self.count, self.dimensions)


def _effective_number(kernel: NDArray[np.float64]) -> float:
    import numpy

    values = numpy.linalg.eigvalsh(kernel)
    values = values[values > LEAST_EIGENVALUE]
    return float(numpy.exp(-(values * numpy.log(values)).sum()))
