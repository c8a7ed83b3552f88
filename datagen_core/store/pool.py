"""The accepted rows as a batch saw them when it was planned."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from datagen_core.sample import Sample
from datagen_core.store.reading import RunReader


class StoredPool:
    """A `PoolView` over the store, read when asked for.

    Args:
        store: The run.
        before: Accepted rows with a sequence number below this are seen.
        batch: The batch that looks: of rows that weren't accepted, it sees those of batches that were
            committed before it was decided.
    """

    def __init__(self, store: RunReader, before: int, batch: int = 0) -> None:
        self._store = store
        self._before = before
        self._batch = batch

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

    def sources(self) -> Mapping[str, int]:
        """See `PoolView.sources`."""
        return self._store.accepted_by_source(self._before)

    def tried(self, arm: str) -> Mapping[str, int]:
        """See `PoolView.tried`."""
        return self._store.tried_by_source(arm, self._batch)

    def tried_inputs(self, arm: str, source: str) -> frozenset[str]:
        """See `PoolView.tried_inputs`."""
        return frozenset(self._store.tried_inputs(arm, source, self._batch))
