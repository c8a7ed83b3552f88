"""The accepted rows as a batch saw them when it was planned."""

from __future__ import annotations

import random
from collections.abc import Sequence

from datagen_core.sample import Sample
from datagen_core.store.reading import RunReader


class StoredPool:
    """A `PoolView` over the store: rows with a sequence number below `before`, read when asked for."""

    def __init__(self, store: RunReader, before: int) -> None:
        self._store = store
        self._before = before

    def __len__(self) -> int:
        return self._before

    def texts(self, *, label: str | None = None, limit: int = 1000) -> Sequence[str]:
        """See `PoolView.texts`."""
        return self._store.texts(self._before, label, limit)

    def draw(self, n: int, rng: random.Random, *, label: str | None = None) -> Sequence[Sample]:
        """See `PoolView.draw`."""
        if label is None:
            chosen = rng.sample(range(self._before), min(n, self._before))
        else:
            there = self._store.sequences(self._before, label)
            chosen = rng.sample(there, min(n, len(there)))
        return self._store.by_sequence(chosen)
