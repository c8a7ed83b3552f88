"""Vectors that grow by rows and are compared by cosine: exact, by matrix products. Needs numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class VectorIndex:
    """Unit vectors in the order in which they were added; the nearest of any first so many is found exactly.

    One product of the query with all rows: for 100,000 rows of 512 numbers about 10 ms, which no approximate index
    repays while rows come in one by one.
    """

    def __init__(self) -> None:
        self._rows: NDArray[np.float32] | None = None
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, vector: NDArray[np.float32]) -> None:
        """Takes in a vector, shape (d,), of unit length or zeros."""
        import numpy

        if self._rows is None:
            self._rows = numpy.empty((64, len(vector)), dtype=numpy.float32)
        if self._count == len(self._rows):
            self._rows = numpy.concatenate([self._rows, numpy.empty_like(self._rows)])
        self._rows[self._count] = vector
        self._count += 1

    def cosines(self, vectors: NDArray[np.float32], first: int | None = None) -> NDArray[np.float32]:
        """Shape (len(vectors), rows): cosine similarity to the first so many rows; by default to all."""
        import numpy

        count = self._count if first is None else min(first, self._count)
        if self._rows is None or not count or not len(vectors):
            return numpy.zeros((len(vectors), 0), dtype=numpy.float32)
        return vectors @ self._rows[:count].T

    def nearest(self, vector: NDArray[np.float32], first: int | None = None) -> tuple[int, float] | None:
        """(row, cosine) of the nearest of the first so many rows, the earliest of equals; None where there is none."""
        found = self.cosines(vector[None, :], first)[0]
        if not len(found):
            return None
        row = int(found.argmax())
        return row, float(found[row])
