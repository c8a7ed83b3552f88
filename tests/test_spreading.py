"""Batch by batch a run's target ends up spread over its chunks, whatever is refused and whatever is in flight."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.documents import Spread, allocate, over_asked
from datagen_core.generator import Origin

MANY = 10**6
RUN = Origin("run", 0, 0, 0, "test", "0", "test")


def drawn(spread: Spread, n: int, batch: int = 0) -> list[int]:
    return spread.drawn(n, replace(RUN, batch=batch))


@pytest.mark.parametrize(
    ("target", "weights", "shares", "shortfall"),
    [
        (2, [1, 1, 1, 1], (1, 1, 0, 0), 0),  # fewer rows than chunks
        (3, [1, 1, 1], (1, 1, 1), 0),
        (10, [1, 1, 1], (4, 3, 3), 0),  # not divisible
        (16, [4000, 5, 5], (8, 4, 4), 0),  # one huge chunk, at most 8 each
        (30, [4000, 5, 5], (8, 8, 8), 6),
        (6, [3, 0, 3], (3, 0, 3), 0),  # a chunk without tokens
        (0, [1, 1], (0, 0), 0),
    ],
)
def test_batches_of_any_size_add_up_to_the_shares(
    target: int, weights: list[int], shares: tuple[int, ...], shortfall: int
) -> None:
    have, batch = Counter[int](), 0
    while True:
        counts = [have[chunk] for chunk in range(len(weights))]
        spread = Spread.of(target, weights, counts, [MANY] * len(weights), most=8)
        assert (spread.shares, spread.shortfall) == (shares, shortfall)
        asked = drawn(spread, 3, batch)[: sum(spread.lacking)]
        if not asked:
            break
        have.update(asked)
        batch += 1
    assert tuple(have[chunk] for chunk in range(len(weights))) == shares


def test_batches_in_flight_at_once_ask_different_chunks() -> None:
    spread = Spread.of(40, [1] * 40, [0] * 40, [9] * 40, most=9)
    assert sorted(chunk for batch in range(4) for chunk in drawn(spread, 10, batch)) == list(range(40))
    assert drawn(spread, 10) == drawn(spread, 10) != drawn(spread, 10, batch=1)


def test_a_reserve_follows_only_where_more_than_twice_as_many_rows_are_wanted_as_lack() -> None:
    spread = Spread.of(4, [1, 1], [1, 0], [9, 9], most=9)
    assert spread.lacking == (1, 2)
    assert sorted(drawn(spread, 6)) == [0, 1, 1]
    assert sorted(drawn(spread, 7)) == [0, 0, 1, 1, 1, 1, 1]


def test_a_chunk_that_can_give_no_more_hands_its_share_round() -> None:
    spread = Spread.of(6, [1, 1, 1], [0, 1, 2], [0, 5, 5], most=5)
    assert (spread.shares, spread.lacking, spread.shortfall) == ((0, 3, 3), (0, 2, 1), 0)
    told = Spread.of(6, [1], [5], [9], most=5).refusal(0, 3)
    assert (told.reason, told.threshold) == ("chunks_exhausted", 6)
    assert str(told.measured).startswith("1 rows of the target")
    assert spread.refusal(3, 5).reason == "chunk_shares_filled"


@pytest.mark.parametrize(
    ("wanted", "caps", "passed", "tried", "asked"),
    [
        ([1, 1], [9, 9], 0, 0, (2, 2)),  # nothing known: half are thought to pass
        ([1, 1], [9, 9], 99, 99, (2, 1)),  # 2 × 101 / 100
        ([3, 1], [9, 9], 1, 2, (6, 2)),
        ([3, 1], [4, 9], 1, 2, (4, 2)),  # what a chunk can't be asked, others aren't
        ([1], [9], 50, 0, (2,)),  # rows of other arms don't count
        ([0, 0], [9, 9], 1, 9, (0, 0)),
        ([], [], 0, 0, ()),
    ],
)
def test_the_fewer_pass_the_more_are_asked_for(
    wanted: list[int], caps: list[int], passed: int, tried: int, asked: tuple[int, ...]
) -> None:
    assert over_asked(wanted, caps, passed=passed, tried=tried) == asked


@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8),
    st.integers(0, 30),
    st.integers(0, 99),
)
@settings(max_examples=100)
def test_no_chunk_is_asked_beyond_what_it_can_give(
    target: int, chunks: list[tuple[int, int, int]], n: int, batch: int
) -> None:
    weights, have, left = (list(column) for column in zip(*chunks, strict=True))
    spread = Spread.of(target, weights, have, left, most=12)
    asked = Counter(drawn(spread, n, batch))
    assert asked.total() <= n
    assert all(asked[chunk] <= left[chunk] for chunk in range(len(chunks)))
    within = asked.total() <= sum(spread.lacking)
    assert not within or all(asked[chunk] <= lacks for chunk, lacks in enumerate(spread.lacking))
    expected = allocate(target, weights, [min(12, h + more) for h, more in zip(have, left, strict=True)])
    assert spread.shares == expected.parts
