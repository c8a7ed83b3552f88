from __future__ import annotations

import math
import subprocess
import sys

import datagen_plugin_bandits
import pytest
from datagen_plugin_bandits.bandit import among, highest, mean, untried
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

COMPONENTS = {component.name: component for component in datagen_plugin_bandits.datagen_routers()}
DETERMINISTIC = ["ucb1", "ucb-tuned", "sliding-window-ucb", "discounted-ucb", "lin-ucb"]
TRIES_EACH_ARM_FIRST = ["ucb1", "ucb-tuned", "sliding-window-ucb", "discounted-ucb", "boltzmann"]


def test_the_highest_score_is_certain_and_ties_share_alike():
    assert highest([0.1, 0.9, 0.3], "why").shares == [0, 1, 0]
    assert highest([0.9, 0.1, 0.9 + 1e-15], "why").shares == [0.5, 0, 0.5]


def test_arms_without_a_try_share_alike_and_none_is_left_when_each_has_one():
    assert untried(["a", "b", "c"], {"b": 1}).shares == [0.5, 0, 0.5]
    assert untried(["a"], {"a": 1}) is None
    assert among(["a", "b"], ["b"], "why").shares == [0, 1]


def test_a_mean_falls_back_to_that_of_all_arms_and_then_to_the_middle():
    assert mean({"a": 1.0, "b": 0.2}, {"a": 2, "b": 1}, "a") == 0.5
    assert mean({"a": 1.0, "b": 0.2}, {"a": 2, "b": 1}, "c") == pytest.approx(0.4)
    assert mean({}, {}, "c") == 0.5


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_shares_of_the_highest_sum_to_1(scores):
    assert math.isclose(math.fsum(highest(scores, "why").shares), 1.0)


@pytest.mark.parametrize("name", TRIES_EACH_ARM_FIRST)
def test_each_arm_is_tried_once_before_any_twice_though_no_answer_has_come(drive, name):
    driver = drive(name)
    arms = list("abcdefgh")
    decisions = [driver.ask(arms) for _ in arms]
    assert sorted(decision.arm for decision in decisions) == arms
    assert [decision.propensity for decision in decisions] == pytest.approx([1 / n for n in range(8, 0, -1)])
    assert {decision.reason for decision in decisions} == {"not tried yet"}


@pytest.mark.parametrize("name", TRIES_EACH_ARM_FIRST)
def test_an_arm_that_comes_late_is_tried_at_once(drive, name):
    driver = drive(name)
    driver.feed(*[("a", 0.9), ("b", 0.8)] * 10)
    assert driver.ask(["a", "b", "late"]).arm == "late"


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_batches_in_flight_are_not_all_of_one_arm(drive, name):
    driver = drive(name)
    driver.feed(*[("a", 0.6), ("b", 0.55), ("c", 0.5)] * 3)
    in_flight = [driver.ask("abc").arm for _ in range(8)]
    assert set(in_flight) == {"a", "b", "c"}


@pytest.mark.parametrize("name", ["ucb1", "ucb-tuned", "lin-ucb", "thompson", "lin-ts", "boltzmann"])
def test_rewards_in_another_order_give_the_same_beliefs(drive, name):
    first, second = drive(name), drive(name)
    rewards = [0.1 * (i % 7) for i in range(30)]
    for driver, order in ((first, range(30)), (second, [*range(1, 30, 2), *range(0, 30, 2)])):
        decisions = [driver.ask("abc") for _ in range(30)]
        for i in order:
            driver.tell(decisions[i], rewards[i])
    for arm, shown in first.router.summary().items():
        assert shown == pytest.approx(second.router.summary()[arm])
    assert first.scores("abc") == pytest.approx(second.scores("abc"), abs=2e-6)


def test_a_reason_and_the_details_hold_the_scores(drive):
    driver = drive("ucb1")
    driver.feed(("a", 0.5), ("b", 0.9))
    decision = driver.ask("ab")
    assert decision.reason == "highest UCB1 index (2.077)"  # 0.9 + sqrt(2 ln 2 / 1)
    assert decision.details == {"scores": {"a": 1.67741, "b": 2.07741}}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("epsilon-first", {"explore": 0}),
        ("epsilon-decreasing", {"d": 0}),
        ("ucb1", {"width": -0.1}),
        ("thompson", {"posterior": "normal"}),
        ("thompson", {"discount": 1.01}),
        ("thompson", {"prior_alpha": 0}),
        ("lin-ucb", {"ridge": 0}),
        ("lin-ts", {"v": 0}),
        ("exp3s", {"gamma": 0}),
        ("boltzmann", {"temperature": 0}),
        ("sliding-window-ucb", {"window": 1}),
        ("discounted-ucb", {"gamma": 1}),
        ("round-robin", {"arm": "a"}),
        ("fixed", {}),
        ("fixed", {"arm": " "}),
    ],
)
def test_options_out_of_range_or_unknown_are_refused(name, options):
    with pytest.raises(ValidationError):
        COMPONENTS[name].load_config()(**options)


def test_only_the_policies_that_compute_with_arrays_import_numpy():
    light = [name for name in COMPONENTS if name not in ("thompson", "lin-ucb", "lin-ts")]
    code = (
        "import sys, datagen_plugin_bandits as p\n"
        f"for c in p.datagen_routers():\n    if c.name in {light}: c.load_impl(), c.load_config()\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
