"""MinHash signatures (rensa) cut into bands: texts that share a band key are candidates for near-duplicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from datagen_core.near_duplicates.shingles import Hashes, mix

ALGORITHM_VERSION: int = RMinHash.ALGORITHM_VERSION
"""rensa's mark of how digests are made: signatures of two versions can't be compared."""

SEED = 42
_SLICE = 128

MIN_DETECTION = 0.99
"""Least chance that a pair exactly at the threshold becomes a candidate."""


@dataclass(frozen=True, slots=True)
class Bands:
    """How a signature is cut: `count` bands of `rows` values each."""

    count: int
    rows: int

    def detection(self, jaccard: float) -> float:
        """The chance that two texts of this Jaccard similarity share a band (Leskovec et al., ch. 3)."""
        return 1.0 - (1.0 - jaccard**self.rows) ** self.count


def bands_for(threshold: float, permutations: int) -> Bands:
    """The longest bands that find a pair at the threshold with a chance of at least `MIN_DETECTION`.

    Longer bands mean fewer false candidates. One value a band where nothing longer reaches that chance.

    Example:
        >>> bands_for(0.8, 128)
        Bands(count=21, rows=6)
    """
    fitting = (Bands(permutations // rows, rows) for rows in range(permutations, 1, -1))
    return next((b for b in fitting if b.detection(threshold) >= MIN_DETECTION), Bands(permutations, 1))


def band_keys(
    hashes: Hashes, offsets: NDArray[np.int64], permutations: int, bands: Bands
) -> NDArray[np.uint32]:
    """One key per text and band, as a (texts, bands) array; meaningless for a text without shingles.

    32 bits are enough: with 200,000 rows of 21 bands, one query in 50 meets a candidate that shares no band.
    """
    texts = len(offsets) - 1
    values = digests(hashes, offsets, permutations)[:, : bands.count * bands.rows]
    values = values.reshape(texts, bands.count, bands.rows)
    keys = np.broadcast_to(np.arange(bands.count, dtype=np.uint64), (texts, bands.count))
    for i in range(bands.rows):
        keys = mix(keys + values[:, :, i] + np.uint64(0x9E3779B97F4A7C15))
    return (keys >> np.uint64(32)).astype(np.uint32)


def digests(hashes: Hashes, offsets: NDArray[np.int64], permutations: int) -> Hashes:
    """The MinHash digest of each text, as a (texts, permutations) array of 32-bit values."""
    bounds = offsets.astype(np.uint64)
    values = np.empty((len(offsets) - 1, permutations), dtype=np.uint64)
    # in slices: rensa hands a matrix over as lists of integers, which should stay within the processor's cache
    for first in range(0, len(values), _SLICE):
        part = bounds[first : first + _SLICE + 1]
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(
            hashes[part[0] : part[-1]], part - part[0], permutations, SEED
        )
        values[first : first + _SLICE] = matrix.to_rows()
    return values
