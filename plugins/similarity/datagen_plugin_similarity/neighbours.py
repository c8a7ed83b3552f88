"""Named vectors, and the nearest of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datagen_core.embeddings import Embeddings
from datagen_core.vector_index import VectorIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIGITS = 6
"""Of a cosine that count: sums of float32 are off by about 1e-7, and equal texts would come out over 1."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What is nearest, and its cosine in [-1, 1]."""

    name: str
    cosine: float

    @property
    def similarity(self) -> float:
        """The cosine clipped to [0, 1]."""
        return max(0.0, self.cosine)


class Neighbours:
    """Vectors by name, in the order in which they were added."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._vectors = VectorIndex()

    @classmethod
    def of_texts(cls, embeddings: Embeddings, named: Iterable[tuple[str, str]]) -> Neighbours:
        """The vectors of (name, text) pairs."""
        found = cls()
        pairs = list(named)
        for (name, _), vector in zip(pairs, embeddings.of([text for _, text in pairs]), strict=True):
            found.add(name, vector)
        return found

    def add(self, name: str, vector: NDArray[np.float32]) -> None:
        """Takes a vector in, shape (d,), of unit length or zeros."""
        self._names.append(name)
        self._vectors.add(vector)

    def nearest(self, vector: NDArray[np.float32], first: int | None = None) -> Neighbour | None:
        """The nearest of the first so many, by default of all; None where there is none."""
        found = self._vectors.nearest(vector, first)
        if found is None:
            return None
        row, cosine = found
        return Neighbour(self._names[row], round(min(1.0, max(-1.0, cosine)), DIGITS))
