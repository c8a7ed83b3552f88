"""Which rows bear a key, at 4 bytes per row more than the key has.

A dict of Python integers takes about 150 bytes for the same. Recent rows wait in a small dict; then they become a run
of sorted arrays, and runs of like size are merged, so that a table of n rows has about log2(n) runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.unsignedinteger[Any]]
Rows = NDArray[np.int32]

WAITING = 8192
"""Keys that wait in the dict (about 2 MB) before they are sorted in."""

_NONE: NDArray[np.int64] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Run:
    """Keys, rising, and the row of each; rows of equal keys rise."""

    keys: Keys
    rows: Rows

    def merged(self, newer: _Run) -> _Run:
        at = self.keys.searchsorted(newer.keys, side="right")
        return _Run(np.insert(self.keys, at, newer.keys), np.insert(self.rows, at, newer.rows))

    def find(self, keys: Keys) -> Iterator[Rows]:
        """Copies, not views: a run must not outlive its merging."""
        left = self.keys.searchsorted(keys)
        left = left[self.keys.take(left, mode="clip") == keys]
        right = self.keys.searchsorted(self.keys[left], side="right")
        yield from (self.rows[a:b].copy() for a, b in zip(left, right, strict=True))


class KeyTable:
    """Adds (key, row) pairs with rising rows, and finds the rows of keys, all of one integer type."""

    def __init__(self, dtype: type[np.uint64] | type[np.uint32] = np.uint64) -> None:
        self._dtype = dtype
        self._waiting: dict[int, list[int]] = {}
        self._waiting_keys = 0
        self._runs: list[_Run] = []

    def add(self, keys: Keys, row: int) -> None:
        """Notes that `row` bears these keys; `row` must not be below an earlier one."""
        for key in keys.tolist():
            self._waiting.setdefault(key, []).append(row)
        self._waiting_keys += len(keys)
        if self._waiting_keys >= WAITING:
            self._sort_in()

    def rows(self, keys: Keys) -> NDArray[np.int64]:
        """The distinct rows that bear at least one of the keys, rising."""
        found: list[NDArray[np.int32]] = [part for run in self._runs for part in run.find(keys)]
        recent = [row for key in keys.tolist() for row in self._waiting.get(key, ())]
        if not found and not recent:
            return _NONE
        return np.unique(np.concatenate([np.array(recent, dtype=np.int64), *found]))

    def _sort_in(self) -> None:
        keys: Keys = np.array([key for key, rows in self._waiting.items() for _ in rows], dtype=self._dtype)
        rows = np.array([row for rows in self._waiting.values() for row in rows], dtype=np.int32)
        order = keys.argsort(kind="stable")
        self._runs.append(_Run(keys[order], rows[order]))
        self._waiting, self._waiting_keys = {}, 0
        while len(self._runs) > 1 and len(self._runs[-2].keys) <= 2 * len(self._runs[-1].keys):
            newer = self._runs.pop()
            self._runs[-1] = self._runs[-1].merged(newer)
