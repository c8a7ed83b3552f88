"""Features by name: which coordinates the model has, and the rows of arms and contexts in them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CONSTANT, SLOPE = 0, 1
"""Coordinates that every arm has: its effect, and its slope over accepted samples."""

FIRST_FEATURE = 2
MAX_FEATURES = 128
"""Context features kept; later names are ignored, so that the state stays bounded."""

COUNT_SCALE = 4.0
"""Counts come as log10(1 + n): ten thousand of something weighs like one word."""


def context_row(vector: Mapping[str, float]) -> dict[str, float]:
    """A context's features as a vector of length 1: words weigh 1, counts and flags a quarter per unit.

    With unit length the variance of an arm in a context doesn't depend on how many features a recipe has,
    and the likeness of two contexts is their cosine. No features, no row.

    >>> context_row({"domain=voice": 1.0, "format=text": 1.0, "seeds": 0.0})
    {'domain=voice': 0.7071067811865475, 'format=text': 0.7071067811865475}
    """
    scaled = {name: value if "=" in name else min(value / COUNT_SCALE, 1.0) for name, value in vector.items()}
    length = math.sqrt(math.fsum(value * value for value in scaled.values()))
    return {name: value / length for name, value in scaled.items() if value} if length else {}


class Features:
    """Names of context features in the order in which they appeared, each with its coordinate."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._index = {name: FIRST_FEATURE + i for i, name in enumerate(names)}

    @property
    def names(self) -> list[str]:
        """The names, oldest first."""
        return list(self._index)

    @property
    def dimension(self) -> int:
        """Coordinates of an arm: its effect, its slope and one per context feature."""
        return FIRST_FEATURE + len(self._index)

    def add(self, row: Mapping[str, float]) -> bool:
        """Takes names not seen before, up to a limit; whether there were any."""
        before = len(self._index)
        for name in row:
            if name not in self._index and len(self._index) < MAX_FEATURES:
                self._index[name] = FIRST_FEATURE + len(self._index)
        return len(self._index) > before

    def vector(self, row: Mapping[str, float], load: float) -> Array:
        """An arm's coordinates in a context; `load` is how much of it was used up (see `saturation`)."""
        out = np.zeros(self.dimension)
        out[CONSTANT], out[SLOPE] = 1.0, load
        for name, value in row.items():
            if name in self._index:
                out[self._index[name]] = value
        return out


def attribute_matrix(attributes: Sequence[Mapping[str, str]]) -> Array:
    """One row per arm, one column per `name=value` that arms share, each row of length 1 (or 0 where none is shared).

    What only one arm has says nothing of others: that arm departs from the level by itself.

    >>> attribute_matrix([{"strategy": "plain"}, {"strategy": "plain", "model": "small"}, {}]).tolist()
    [[1.0], [1.0], [0.0]]
    """
    counts = Counter(item for one in attributes for item in one.items())
    columns = {item: i for i, item in enumerate(item for item, count in counts.items() if count > 1)}
    out = np.zeros((len(attributes), len(columns)))
    for i, one in enumerate(attributes):
        shared = [columns[item] for item in one.items() if item in columns]
        out[i, shared] = 1.0 / math.sqrt(len(shared) or 1)
    return out
