"""The report of a run with a good, a bad, a saturating and an expensive arm: their shares move as they should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import datagen_core
from datagen_core.report import report

ARMS = ("good", "bad", "saturating", "expensive")
RECIPE: dict[str, Any] = {
    "name": "four-arms",
    "num_samples": 800,
    "batch_size": 20,
    "window": 1,
    "order": "strict",
    "memory": "off",
    "plugins": [str(Path(__file__).parent / "data" / "four_arms.py")],
    "models": {"generator": "priced/one"},
    "arms": list(ARMS),
    "validators": [
        {"use": "rules", "with": {"min_words": 2}},
        {"use": "dedup", "with": {"near_jaccard": None}},
    ],
}


@pytest.fixture(scope="module", params=[0, 1])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of a run whose budget pays for an eighth of the batches, if the expensive arm made them."""
    folder = tmp_path_factory.mktemp("run")
    recipe = {**RECIPE, "budget": {"max_cost": 20.0}}
    results = datagen_core.run(
        recipe, seed=request.param, out=folder / "run", cache=folder / "cache", trust_local=True
    )
    return report(results)


def shares(found: dict[str, Any], arm: str) -> list[float]:
    """An arm's share of the batches in each fifth of the run."""
    (one,) = (one for one in found["arms"] if one["arm"] == arm)
    return list(one["share_over_time"])


def test_the_run_is_complete_within_its_budget(found: dict[str, Any]) -> None:
    assert found["ending"]["status"] == "complete" and found["phases"] == 5
    assert found["spent"]["cost"] <= 20.0


def test_the_good_arm_rises(found: dict[str, Any]) -> None:
    first, *_, last = shares(found, "good")
    assert last >= 0.65 and last > first


def test_the_bad_arm_is_tried_and_left(found: dict[str, Any]) -> None:
    first, *later = shares(found, "bad")
    assert 0 < first <= 0.2 and later == [0, 0, 0, 0]


def test_the_arm_that_repeats_itself_is_used_while_it_is_new(found: dict[str, Any]) -> None:
    one, two, _, four, five = shares(found, "saturating")
    assert max(one, two) >= 0.4 and max(four, five) <= 0.1


def test_the_expensive_arm_gets_what_the_budget_allows_and_not_more(found: dict[str, Any]) -> None:
    expensive, good = shares(found, "expensive"), shares(found, "good")
    assert max(expensive) <= 0.35 and sum(expensive) < sum(good) / 4
    assert {call["arm"] for call in found["calls"]} == {"expensive"}
