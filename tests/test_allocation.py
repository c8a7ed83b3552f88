"""A target spread over chunks: the parts sum to it exactly, or the shortfall is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.documents import Allocation, allocate

MANY = 10**9


@pytest.mark.parametrize(
    ("target", "weights", "caps", "parts", "shortfall"),
    [
        (2, [1, 1, 1, 1], [MANY] * 4, (1, 1, 0, 0), 0),  # fewer than chunks: ties to the earlier
        (2, [1, 5, 1, 5], [MANY] * 4, (0, 1, 0, 1), 0),  # fewer than chunks: the largest fractions
        (3, [1, 1, 1], [MANY] * 3, (1, 1, 1), 0),  # as many as chunks
        (10, [1, 1, 1], [MANY] * 3, (4, 3, 3), 0),  # not divisible
        (10, [3, 2, 2], [MANY] * 3, (4, 3, 3), 0),  # 4.29, 2.86, 2.86
        (10, [1, 1000, 1], [MANY, 4, MANY], (3, 4, 3), 0),  # one huge chunk: its overflow handed round
        (10, [1, 1000, 1], [2, 4, 2], (2, 4, 2), 2),  # … until nobody has room
        (16, [40, 5, 5], [8, 8, 8], (8, 4, 4), 0),  # … as evenly as if it weren't there
        (5, [2, 0, 1], [MANY] * 3, (3, 0, 2), 0),  # a chunk without words
        (5, [0, 0], [MANY] * 2, (0, 0), 5),
        (0, [1, 2], [MANY] * 2, (0, 0), 0),
        (4, [], [], (), 4),
        (7, [1, 1], [0, 3], (0, 3), 4),
    ],
)
def test_allocations_worked_by_hand(
    target: int, weights: list[int], caps: list[int], parts: tuple[int, ...], shortfall: int
) -> None:
    assert allocate(target, weights, caps) == Allocation(parts, shortfall)


@given(
    st.integers(0, 5000),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 300)), max_size=30),
)
@settings(max_examples=200)
def test_parts_sum_to_the_target_within_the_caps(target: int, given_parts: list[tuple[int, int]]) -> None:
    weights, caps = [w for w, _ in given_parts], [c for _, c in given_parts]
    made = allocate(target, weights, caps)
    assert sum(made.parts) + made.shortfall == target
    assert all(0 <= part <= cap for part, cap in zip(made.parts, caps, strict=True))
    assert not any(part for part, weight in zip(made.parts, weights, strict=True) if not weight)
    room = any(w and part < cap for part, w, cap in zip(made.parts, weights, caps, strict=True))
    assert not (made.shortfall and room)


@given(st.integers(0, 5000), st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
@settings(max_examples=100)
def test_without_caps_each_part_is_its_quota_rounded_up_or_down(target: int, weights: list[int]) -> None:
    parts = allocate(target, weights, [MANY] * len(weights)).parts
    total = sum(weights)
    assert all(
        target * w // total <= part <= target * w // total + 1 for part, w in zip(parts, weights, strict=True)
    )


@pytest.mark.parametrize(("target", "weights", "caps"), [(-1, [1], [1]), (1, [-1], [1]), (1, [1], [])])
def test_nonsense_is_refused(target: int, weights: list[int], caps: list[int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        allocate(target, weights, caps)
