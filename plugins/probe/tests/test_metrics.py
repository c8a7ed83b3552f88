from __future__ import annotations

import pytest
from datagen_plugin_probe.metrics import difference, gap_closed, macro_f1, wilson
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score


def test_the_wilson_interval_of_eight_in_ten_is_the_published_one():
    assert wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)


def test_the_wilson_interval_at_the_ends_is_one_sided():
    z2 = 1.959964**2
    assert wilson(0, 10) == pytest.approx((0.0, z2 / (10 + z2)), abs=1e-6)
    assert wilson(10, 10) == pytest.approx((10 / (10 + z2), 1.0), abs=1e-6)


def test_no_rows_say_nothing_about_a_share():
    assert wilson(0, 0) == (0.0, 1.0)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 2000), st.floats(0, 1), st.floats(0.5, 0.999))
def test_a_wilson_interval_holds_its_share_and_stays_in_range(n, share, confidence):
    successes = round(share * n)
    low, high = wilson(successes, n, confidence)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1


def test_macro_f1_is_the_mean_of_the_classes():
    # a: precision 1, recall 1/2, F1 2/3; b: precision 2/3, recall 1, F1 4/5
    assert macro_f1(["a", "a", "b", "b"], ["a", "b", "b", "b"]) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_a_class_that_is_only_predicted_counts_as_zero():
    assert macro_f1(["a", "a"], ["a", "z"]) == pytest.approx((2 / 3 + 0) / 2)


def test_macro_f1_of_nothing_is_zero():
    assert macro_f1([], []) == 0.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=30))
def test_macro_f1_equals_scikit_learns(pairs):
    truth, predicted = [t for t, _ in pairs], [p for _, p in pairs]
    expected = f1_score(truth, predicted, average="macro", zero_division=0)
    assert macro_f1(truth, predicted) == pytest.approx(expected)


def test_a_paired_difference_is_the_hand_computed_one():
    # 8 rows, 2 gained, none lost: (2.5 - 0.5) / 10 = 0.2 ± 1.96 √((3/10 - 0.04) / 10)
    first = [True] * 6 + [False] * 2
    second = [True] * 4 + [False] * 4
    found = difference(first, second)
    assert found.value == 0.25
    assert (found.low + found.high) / 2 == pytest.approx(0.2)
    assert found.margin == pytest.approx(1.959964 * 0.026**0.5)


def test_two_equal_models_still_have_a_margin():
    found = difference([True] * 50, [True] * 50)
    assert found.value == 0
    assert found.low < 0 < found.high


def test_a_difference_needs_the_same_rows():
    with pytest.raises(ValueError, match="at least one row"):
        difference([], [])
    with pytest.raises(ValueError):
        difference([True], [True, False])


def test_half_way_between_the_baselines_closes_half_the_gap():
    assert gap_closed(0.75, 0.5, 1.0) == 0.5
    assert gap_closed(0.25, 0.5, 1.0) == -0.5


@pytest.mark.parametrize(
    "numbers", [(0.7, 0.8, 0.8), (0.7, 0.9, 0.8), (None, 0.5, 1), (0.5, None, 1), (0.5, 0, None)]
)
def test_without_a_gap_no_share_of_it_is_given(numbers):
    assert gap_closed(*numbers) is None
