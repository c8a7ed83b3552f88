from __future__ import annotations

import pytest
from datagen_plugin_preference.pairs import Pair, pair
from hypothesis import given
from hypothesis import strategies as st

FREE = [True] * 4


def chosen(
    scores: list[float | None], may: list[bool] = FREE, how: str = "best-worst", luck: float = 0.0
) -> Pair | None:
    return pair(scores, may, how=how, order=range(len(scores)), luck=luck)


@pytest.mark.parametrize(
    ("how", "luck", "rejected"),
    [
        ("best-worst", 0.0, 3),
        ("best-second", 0.0, 0),
        ("best-random", 0.0, 0),
        ("best-random", 0.34, 1),
        ("best-random", 0.999, 3),
    ],
)
def test_the_best_is_paired_with_the_worst_the_second_or_one_drawn_from_the_rest(
    how: str, luck: float, rejected: int
) -> None:
    scores = [7.5, 5.0, 9.0, 3.0]
    assert chosen(list(scores), how=how, luck=luck) == Pair(2, rejected, 9.0 - scores[rejected])


def test_a_candidate_without_a_score_is_in_no_pair() -> None:
    assert chosen([None, 8.0, None, 6.0]) == Pair(1, 3, 2.0)
    assert chosen([None, 8.0, None, None]) is None


def test_a_refusal_may_be_rejected_but_not_chosen() -> None:
    assert chosen([9.0, 8.0, 7.0, 2.0], [False, True, True, True]) == Pair(1, 3, 6.0)
    assert chosen([9.0, 8.0, 7.0, 2.0], [True, True, True, False]) == Pair(0, 3, 7.0)
    assert chosen([9.0, 8.0, 7.0, 2.0], [False] * 4) is None
    assert chosen([9.0, 8.0, 7.0, 2.0], [False, False, False, True]) is None


def test_between_equal_scores_the_drawn_order_decides() -> None:
    scores = [8.0, 8.0, 3.0, 3.0]
    assert pair(scores, FREE, how="best-worst", order=[0, 1, 2, 3], luck=0) == Pair(0, 3, 5.0)
    assert pair(scores, FREE, how="best-worst", order=[3, 2, 1, 0], luck=0) == Pair(1, 2, 5.0)


def test_a_margin_of_thirds_is_not_lost_to_binary_fractions() -> None:
    """Two of three aspects apart by one and a half: 8.3333 - 7.3333 is 1.0, not 0.9999."""
    assert chosen([8.3333, 7.3333, None, None]) == Pair(0, 1, 1.0)


@given(
    st.lists(st.one_of(st.none(), st.integers(4, 40).map(lambda n: n / 4)), min_size=2, max_size=8),
    st.sampled_from(["best-worst", "best-second", "best-random"]),
    st.floats(0, 1, exclude_max=True),
    st.data(),
)
def test_the_chosen_one_never_stands_below_the_rejected_one(
    scores: list[float | None], how: str, luck: float, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(scores))))
    may = data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)))
    found = pair(scores, may, how=how, order=order, luck=luck)
    if found is None:
        return
    best, other = scores[found.chosen], scores[found.rejected]
    assert best is not None and other is not None and may[found.chosen]
    assert found.chosen != found.rejected and found.margin == best - other >= 0
    assert best == max(s for s, ok in zip(scores, may, strict=True) if s is not None and ok)
