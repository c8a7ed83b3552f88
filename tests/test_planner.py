"""What is asked of whom: shares, quotas, what is missing, and cells."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.coverage import ANY, Coverage, Stratum, exact_shares
from datagen_core.generator import Cell
from datagen_core.planner import ArmRecord, Order, Planner
from datagen_core.sample import Metadata, Sample

WEIGHTS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.integers(1, 50), min_size=1, max_size=8
)


def planner(total: int = 10, batch_size: int = 100, **shares: float) -> Planner:
    return Planner(total, Coverage(shares), batch_size)


def of(**numbers: int) -> dict[Stratum, int]:
    return {Stratum(label): n for label, n in numbers.items()}


def row(label: str | None = None, **values: str) -> Sample:
    return Sample(id="r", response="x", label=label, metadata=Metadata(method=values))


def largest_remainder(total: int, weights: dict[str, int]) -> dict[str, int]:
    """The same by whole numbers alone: floors by division, then one each to the largest remainders."""
    whole = sum(weights.values())
    parts = {key: total * value // whole for key, value in weights.items()}
    order = sorted(weights, key=lambda key: -(total * weights[key] % whole))  # stable: ties stay in order
    for key in order[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


@settings(max_examples=200)
@given(total=st.integers(0, 5000), weights=WEIGHTS)
def test_shares_sum_exactly_and_each_is_within_one_of_its_quota(total: int, weights: dict[str, int]) -> None:
    parts = exact_shares(total, weights)
    assert sum(parts.values()) == total
    assert list(parts) == list(weights)
    for key, value in weights.items():
        assert abs(parts[key] - Fraction(total * value, sum(weights.values()))) < 1


@settings(max_examples=200)
@given(total=st.integers(0, 5000), weights=WEIGHTS)
def test_shares_are_those_of_the_largest_remainder_method_in_whole_numbers(
    total: int, weights: dict[str, int]
) -> None:
    assert exact_shares(total, weights) == largest_remainder(total, weights)


@settings(max_examples=100)
@given(total=st.integers(0, 5000), weights=WEIGHTS)
def test_weights_scaled_to_sum_to_one_give_the_same_shares(total: int, weights: dict[str, int]) -> None:
    whole = sum(weights.values())
    scaled = {key: value / whole for key, value in weights.items()}
    assert exact_shares(total, scaled) == exact_shares(total, weights)


@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [
        (10, {"a": 1, "b": 1, "c": 1}, {"a": 4, "b": 3, "c": 3}),
        (11, {"a": 1, "b": 1, "c": 1}, {"a": 4, "b": 4, "c": 3}),
        (2, {"z": 1, "y": 1, "x": 1}, {"z": 1, "y": 1, "x": 0}),  # the order given, not the alphabet
        (2, {"a": 4, "b": 1, "c": 1}, {"a": 2, "b": 0, "c": 0}),  # 4/3, 1/3, 1/3: a three-way tie
        (0, {"a": 1, "b": 2}, {"a": 0, "b": 0}),
        (7, {"a": 1, "b": 0}, {"a": 7, "b": 0}),
        (5, {"a": 0, "b": 0}, {"a": 0, "b": 0}),
        (5, {}, {}),
    ],
)
def test_ties_go_to_the_earlier_key(total: int, weights: dict[str, float], expected: dict[str, int]) -> None:
    assert exact_shares(total, weights) == expected


def test_without_quotas_the_whole_target_is_one_cell() -> None:
    free = Planner(3, Coverage(), 20)
    assert free.targets() == {ANY: 3}
    assert free.missing() == {ANY: 3}
    assert [free.take(row(label)) for label in ("a", None, "b", "a")] == ["accepted"] * 3 + ["surplus"]
    assert free.accepted == {ANY: 3}
    assert free.missing() == {}


def test_with_quotas_a_label_is_full_exactly_at_its_target() -> None:
    half = planner(5, a=1, b=1)
    assert half.targets() == of(a=3, b=2)
    assert [half.take(row("a")) for _ in range(4)] == ["accepted", "accepted", "accepted", "surplus"]
    assert half.missing() == of(b=2)
    assert [half.take(row("b")) for _ in range(3)] == ["accepted", "accepted", "surplus"]
    assert half.missing() == {}
    assert half.accepted == of(a=3, b=2)


def test_only_labels_of_the_quotas_can_count() -> None:
    unwanted = [planner(5, a=1, b=1).unwanted(row(label)) for label in ("a", "c", None)]
    assert unwanted == [None, Stratum("c"), Stratum(None)]
    assert [Planner(5, Coverage(), 20).unwanted(row(label)) for label in ("a", None)] == [None, None]
    assert planner(5, a=1).take(row("c")) == "surplus"


def test_an_arm_unseen_is_expected_to_yield_half_and_learns_from_there() -> None:
    assert ArmRecord().expected_yield == 0.5
    assert ArmRecord(requested=8, passed=8).expected_yield == 9 / 10
    assert ArmRecord(requested=8, passed=0).expected_yield == 1 / 10


def test_pending_batches_lower_what_is_missing_by_their_expected_yield() -> None:
    half = planner(10, a=1, b=1)
    half.arms["good"] = ArmRecord(requested=8, passed=8)
    orders = [Order("good", (Cell("a", 3), Cell("b", 1))), Order("new", (Cell("b", 2), Cell("c", 5)))]
    # a: 5 - 3 * 9/10 = 2.3, rounded up; b: 5 - 1 * 9/10 - 2 * 1/2 = 3.1, rounded up
    assert half.expected_missing(orders) == of(a=3, b=4)
    assert half.expected_missing([]) == of(a=5, b=5)


def test_a_label_that_pending_batches_just_fill_is_no_longer_missing() -> None:
    half = planner(4, a=1, b=1)
    assert half.expected_missing([Order("new", (Cell("a", 4),))]) == of(b=2)  # 2 - 4 * 1/2 = 0
    assert half.expected_missing([Order("new", (Cell("a", 3),))]) == of(a=1, b=2)  # 0.5 left
    assert half.expected_missing([Order("new", (Cell("a", 9), Cell("b", 9)))]) == {}


def test_fillable_is_what_the_arm_can_make() -> None:
    any_label = planner(1)
    missing = of(a=1, b=2)
    assert any_label.fillable(missing, None) == missing
    assert any_label.fillable(missing, frozenset("bc")) == of(b=2)
    assert any_label.fillable(missing, frozenset()) == {}
    assert any_label.fillable({ANY: 3}, frozenset("b")) == {ANY: 3}  # labels don't matter then


@pytest.mark.parametrize(("batch_size", "expected"), [(5, 5), (6, 6), (7, 6), (1, 1)])
def test_cells_ask_for_the_expected_yield_up_to_a_batch(batch_size: int, expected: int) -> None:
    free = Planner(3, Coverage(), batch_size)
    assert free.cells("new", {ANY: 3}) == (Cell(None, expected),)  # 3 / (1/2) = 6


def test_cells_are_spread_by_what_is_missing() -> None:
    thirds = planner(40, batch_size=4, a=3, b=1)
    assert thirds.cells("new", of(a=30, b=10)) == (Cell("a", 3), Cell("b", 1))
    assert thirds.cells("new", of(b=1)) == (Cell("b", 2),)
    assert planner(40, batch_size=1, a=1, b=1).cells("new", of(a=20, b=20)) == (Cell("a", 1),)


@settings(max_examples=100)
@given(
    batch_size=st.integers(1, 40),
    wanted=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 100), min_size=1),
    requested=st.integers(0, 50),
    data=st.data(),
)
def test_cells_never_ask_for_more_than_a_batch_nor_for_what_isnt_wanted(
    batch_size: int, wanted: dict[str, int], requested: int, data: st.DataObject
) -> None:
    one = Planner(1000, Coverage(), batch_size)
    passed = data.draw(st.integers(0, requested))
    one.arms["arm"] = ArmRecord(requested=requested, passed=passed)
    cells = one.cells("arm", of(**wanted))
    labels = [cell.label for cell in cells]
    assert 1 <= sum(cell.n for cell in cells) <= batch_size
    assert len(set(labels)) == len(labels)
    assert set(labels) <= set(wanted)
    for cell in cells:
        assert 1 <= cell.n <= math.ceil(wanted[str(cell.label)] * (requested + 2) / (passed + 1))


@settings(max_examples=50)
@given(total=st.integers(1, 60), labels=st.lists(st.sampled_from("abcx"), max_size=200))
def test_accepted_rows_never_pass_the_target_of_any_label(total: int, labels: list[str]) -> None:
    thirds = planner(total, a=5, b=3, c=1)
    verdicts = Counter((label, thirds.take(row(label))) for label in labels)
    for stratum, target in thirds.targets().items():
        assert verdicts[str(stratum.label), "accepted"] == min(target, labels.count(str(stratum.label)))
    assert verdicts["x", "accepted"] == 0
    assert verdicts.total() == len(labels)


def test_a_grown_target_never_wants_more_rows_than_it_lacks():
    planner = Planner(3, Coverage({"a": 1 / 7, "b": 3 / 7, "c": 3 / 7}), 10)
    planner.accepted.update(of(a=1, b=1, c=1))
    planner.num_samples = 4  # largest remainder now gives a none at all, b and c two each
    assert sum(planner.missing().values()) == 1
