from __future__ import annotations

import random

import pytest
from datagen_plugin_selection.deficits import Deficit, deficits
from hypothesis import given
from hypothesis import strategies as st


def test_requests_are_the_deficit_over_the_rate_so_far_rounded_up() -> None:
    """p = (4+1)/(8+2) = 1/2; untried p = 1/2; p = (0+1)/(8+2) = 1/10; p = 3/4 makes ceil(4/3 · 5) = 7."""
    found = deficits(
        {"a": 10, "new": 3, "hard": 2, "easy": 7}, {"a": 4, "easy": 2}, {"a": 8, "hard": 8, "easy": 2}
    )

    assert found == {"a": Deficit(6, 12), "easy": Deficit(5, 7), "new": Deficit(3, 6), "hard": Deficit(2, 20)}
    assert list(found) == ["a", "easy", "new", "hard"]  # by deficit


def test_a_request_is_capped_and_a_full_stratum_asks_for_nothing() -> None:
    assert deficits({"a": 100, "full": 2}, {"full": 3}, {"full": 3}, cap=8) == {"a": Deficit(100, 8)}


@pytest.mark.parametrize(("target", "accepted", "tried"), [(-1, 0, 0), (3, 2, 1), (3, -1, 0)])
def test_impossible_counts_are_refused(target, accepted, tried) -> None:
    with pytest.raises(ValueError, match="accepted of"):
        deficits({"a": target}, {"a": accepted}, {"a": tried})


@given(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 10**4))
def test_the_request_is_the_least_that_makes_up_for_the_deficit(target, accepted, failed) -> None:
    tried = accepted + failed
    for deficit in deficits({"a": target}, {"a": accepted}, {"a": tried}).values():
        passing, of = accepted + 1, tried + 2
        assert deficit.missing == target - accepted
        assert (deficit.request - 1) * passing < deficit.missing * of <= deficit.request * passing


def test_deficits_fall_monotonically_in_a_simulation() -> None:
    rng = random.Random(3)
    targets, rates = {"easy": 40, "hard": 40, "rare": 5}, {"easy": 0.9, "hard": 0.2, "rare": 0.5}
    accepted, tried = dict.fromkeys(targets, 0), dict.fromkeys(targets, 0)
    before = dict(targets)

    for _ in range(60):
        for stratum, deficit in deficits(targets, accepted, tried, cap=25).items():
            assert deficit.missing <= before[stratum] and deficit.request <= 25
            before[stratum] = deficit.missing
            passed = sum(rng.random() < rates[stratum] for _ in range(deficit.request))
            tried[stratum] += deficit.request
            accepted[stratum] += passed

    assert deficits(targets, accepted, tried) == {}
