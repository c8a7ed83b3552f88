from __future__ import annotations

import numpy as np
import pytest
from datagen_plugin_selection.cosines import spread_out


def by_pairs(vectors, most: float, n: int | None = None) -> list[int]:
    """The rule as it reads: one row after the other, each compared with the kept ones in float64."""
    kept: list[int] = []
    for at, vector in enumerate(vectors.astype(np.float64)):
        if len(kept) == n:
            break
        if all(round(float(vector @ vectors[one].astype(np.float64)), 6) <= most for one in kept):
            kept.append(at)
    return kept


@pytest.mark.parametrize("block", [1, 2, 7, 64, 256, 10_000])
@pytest.mark.parametrize("most", [0.5, 0.9, 1.0])
def test_the_size_of_a_block_decides_nothing(unit_vectors, block, most) -> None:
    vectors = unit_vectors(400)
    wanted = by_pairs(vectors, most)

    found = spread_out(vectors, most, block=block)

    assert found.kept == wanted
    assert found.near == spread_out(vectors, most, block=13).near
    assert sorted([*found.kept, *found.near]) == list(range(400))


@pytest.mark.parametrize("n", [0, 1, 20, 10_000])
def test_it_stops_at_n(unit_vectors, n) -> None:
    vectors = unit_vectors(300)

    found = spread_out(vectors, 0.9, n, block=32)

    assert found.kept == by_pairs(vectors, 0.9, n)
    assert len(found.kept) < n or all(row < max(found.kept, default=0) for row in found.near)


@pytest.mark.parametrize(("most", "kept"), [(0.8, [0, 1]), (0.799, [0])])
def test_a_row_exactly_at_the_limit_is_kept(most, kept) -> None:
    assert spread_out(np.array([[1, 0], [0.8, 0.6]], dtype=np.float32), most).kept == kept


def test_the_nearest_kept_row_is_named_and_the_earliest_of_equals() -> None:
    vectors = np.array([[0.6, 0.8], [0.6, -0.8], [1, 0]], dtype=np.float32)

    assert spread_out(vectors, 0.5).near == {2: (0, 0.6)}


def test_no_vectors_give_nothing() -> None:
    assert spread_out(np.zeros((0, 4), dtype=np.float32), 0.9).kept == []
