import random

import numpy as np
import pytest

from datagen_core.near_duplicates.minhash import MIN_DETECTION, Bands, band_keys, bands_for
from datagen_core.near_duplicates.shingles import hash_shingles


@pytest.mark.parametrize(
    ("threshold", "permutations", "expected"),
    [(0.8, 128, Bands(21, 6)), (0.5, 128, Bands(42, 3)), (1.0, 128, Bands(1, 128)), (0.01, 16, Bands(16, 1))],
)
def test_bands_follow_from_the_threshold(threshold: float, permutations: int, expected: Bands) -> None:
    assert bands_for(threshold, permutations) == expected


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 0.99])
def test_bands_are_the_longest_that_find_a_pair_at_the_threshold(threshold: float) -> None:
    bands = bands_for(threshold, 128)
    assert bands.count * bands.rows <= 128
    assert bands.detection(threshold) >= MIN_DETECTION
    assert Bands(128 // (bands.rows + 1), bands.rows + 1).detection(threshold) < MIN_DETECTION


def test_the_keys_of_a_text_depend_on_nothing_but_its_shingles() -> None:
    bands = bands_for(0.8, 128)
    together = band_keys(*hash_shingles(["play some jazz", "x", "stop the music"], 5), 128, bands)
    alone = band_keys(*hash_shingles(["stop the music"], 5), 128, bands)
    assert together.shape == (3, 21)
    assert np.array_equal(together[2], alone[0])
    assert len(set(together[0].tolist())) == 21


def test_pairs_share_a_band_as_often_as_the_formula_says() -> None:
    """300 pairs of sets with Jaccard 0.5, bands of 3: detection 0.996; of 6: 0.28, within 4 standard deviations."""
    rng = random.Random(3)
    hashes, offsets = [], [0]
    for _ in range(300):
        pool = [rng.getrandbits(64) for _ in range(120)]
        hashes += pool[:90] + pool[30:]
        offsets += [offsets[-1] + 90, offsets[-1] + 180]
    for bands in (Bands(42, 3), Bands(21, 6)):
        keys = band_keys(np.array(hashes, dtype=np.uint64), np.array(offsets), 128, bands)
        found = np.mean(
            [bool(set(a) & set(b)) for a, b in zip(keys[::2].tolist(), keys[1::2].tolist(), strict=True)]
        )
        chance = bands.detection(0.5)
        assert abs(found - chance) <= 4 * (chance * (1 - chance) / 300) ** 0.5


def test_no_texts_have_no_keys() -> None:
    assert band_keys(*hash_shingles([], 5), 128, Bands(21, 6)).shape == (0, 21)
