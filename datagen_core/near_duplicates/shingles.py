"""Character shingles as hashes, and the Jaccard similarity of two texts from a bounded part of them.

A text is kept as its `SKETCH` smallest 32-bit shingle hashes (a bottom-k sketch: Beyer et al. 2007, SIGMOD, "On
synopses for distinct-value estimation under multiset operations"). A text with fewer shingles is kept whole, so that
the Jaccard similarity of two such texts is exact but for hash collisions (about 1 in 300,000 pairs). For longer ones
it is an estimate with a standard deviation of about 0.03 at 0.8.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SKETCH = 160
"""Shingle hashes kept per text: 640 bytes at most, so that row and band keys stay under 1 kB together."""

Hashes = NDArray[np.uint64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def mix(values: Hashes) -> Hashes:
    """64-bit hashes whose bits are all well spread (the finaliser of splitmix64); equal in, equal out."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def hash_shingles(texts: Sequence[str], size: int) -> tuple[Hashes, NDArray[np.int64]]:
    """The hashes of all runs of `size` characters of all texts, flat, and where each text's begin and end.

    Text i owns `hashes[offsets[i]:offsets[i + 1]]`, in text order with repetitions; a shorter text owns none.
    """
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    offsets = np.concatenate(([0], np.cumsum(np.maximum(lengths - size + 1, 0))))
    windows = len(codes) - size + 1
    if windows <= 0:
        return np.empty(0, dtype=np.uint64), np.zeros(len(texts) + 1, dtype=np.int64)
    hashes = np.zeros(windows, dtype=np.uint64)
    for k in range(size):
        hashes = hashes * _MULTIPLIER + codes[k : k + windows] + np.uint64(1)
    text_ends = np.repeat(np.cumsum(lengths), lengths)[:windows]
    within_one_text = np.arange(size, size + windows) <= text_ends
    return mix(hashes[within_one_text]), offsets


def sketches(hashes: Hashes, offsets: NDArray[np.int64]) -> list[tuple[NDArray[np.uint32], int]]:
    """For each text its smallest distinct hashes, rising, and how many distinct ones it has."""
    owner = np.repeat(np.arange(len(offsets) - 1, dtype=np.uint64), np.diff(offsets))
    pairs = (owner << np.uint64(32)) | (hashes >> np.uint64(32))
    pairs.sort()
    pairs = pairs[np.concatenate(([True], pairs[1:] != pairs[:-1]))[: len(pairs)]]
    ends = pairs.searchsorted(np.arange(len(offsets), dtype=np.uint64) << np.uint64(32)).tolist()
    kept = pairs.astype(np.uint32)
    return [(kept[a : min(a + SKETCH, b)], b - a) for a, b in itertools.pairwise(ends)]


def jaccard(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> tuple[int, int]:
    """Size of the intersection and of the union of two sketches, over the hashes that both of them cover.

    A full sketch knows only the hashes up to its largest; beyond that nothing is counted.
    """
    covered = min((int(s[-1]) for s in (a, b) if len(s) == SKETCH), default=None)
    if covered is not None:
        a, b = a[: a.searchsorted(covered, side="right")], b[: b.searchsorted(covered, side="right")]
    both = np.concatenate((a, b))
    both.sort()
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    return shared, len(both) - shared
