from __future__ import annotations

from math import log, sqrt

import pytest


def test_ucb1_adds_the_bound_to_the_mean(drive):
    driver = drive("ucb1")
    driver.feed(("a", 0.4), ("a", 0.6), ("b", 0.9))
    assert driver.scores("ab") == pytest.approx({"a": 1.548147, "b": 2.382304})
    # a: 0.5 + sqrt(2 ln 3 / 2), b: 0.9 + sqrt(2 ln 3 / 1)


def test_the_width_scales_the_bound(drive):
    driver = drive("ucb1", width=0.1)
    driver.feed(("a", 0.4), ("a", 0.6), ("b", 0.9))
    assert driver.scores("ab") == pytest.approx({"a": 0.604815, "b": 1.04823}, abs=1e-6)


def test_ucb1_counts_a_pending_pull_as_a_pull_without_reward(drive):
    driver = drive("ucb1")
    driver.feed(("a", 0.4), ("a", 0.6), ("b", 0.9))
    driver.ask(["b"])
    assert driver.scores("ab") == pytest.approx({"a": 0.5 + sqrt(log(4)), "b": 0.9 + sqrt(log(4))}, abs=1e-6)


def test_an_arm_with_pending_pulls_alone_has_the_mean_of_all(drive):
    driver = drive("ucb1")
    driver.feed(("a", 0.4), ("b", 0.9))
    driver.ask(["c"])
    bonus = sqrt(2 * log(3))
    assert driver.scores("abc") == pytest.approx(
        {"a": 0.4 + bonus, "b": 0.9 + bonus, "c": 0.65 + bonus}, abs=1e-6
    )


def test_ucb_tuned_bounds_the_variance(drive):
    driver = drive("ucb-tuned")
    driver.feed(*[("a", 0.4), ("a", 0.6)] * 200, *[("b", 0.5)] * 100)
    log_n = log(500)
    # a: variance 0.01, so V = 0.01 + sqrt(2 ln 500 / 400) = 0.186; b: V = 0 + sqrt(2 ln 500 / 100) = 0.353 > 1/4
    assert driver.router.variance_bound("a", log_n, 400) == pytest.approx(0.01 + 0.1762763, abs=1e-6)
    assert driver.router.variance_bound("b", log_n, 100) == 0.25
    expected = {"a": 0.5 + sqrt(log_n / 400 * 0.1862763), "b": 0.5 + sqrt(log_n / 100 / 4)}
    assert driver.scores("ab") == pytest.approx(expected, abs=1e-6)


def test_ucb_tuned_takes_the_largest_variance_for_an_arm_without_reward(drive):
    driver = drive("ucb-tuned")
    driver.feed(("a", 0.5))
    driver.ask(["b"])
    assert driver.router.variance_bound("b", log(2), 1) == 0.25


# -- sliding window -----------------------------------------------------------------------------------------


def test_the_window_holds_the_last_decisions(drive):
    driver = drive("sliding-window-ucb", window=3)
    driver.feed(("a", 0.2), ("a", 0.4), ("b", 0.6), ("a", 0.8))  # the first is out
    assert driver.router.summary()["a"] == pytest.approx(
        {"pulls": 3, "mean": 1.4 / 3, "recent_pulls": 2, "recent_mean": 0.6}
    )
    expected = {"a": 0.6 + sqrt(0.6 * log(3) / 2), "b": 0.6 + sqrt(0.6 * log(3))}
    assert driver.scores("ab") == pytest.approx(expected, abs=1e-6)


def test_before_the_window_is_full_the_bound_grows_with_the_decisions(drive):
    driver = drive("sliding-window-ucb", window=100, xi=1.0)
    driver.feed(("a", 0.2), ("b", 0.6))
    assert driver.scores("ab") == pytest.approx({"a": 0.2 + sqrt(log(2)), "b": 0.6 + sqrt(log(2))}, abs=1e-6)


def test_an_arm_that_left_the_window_is_tried_again(drive):
    driver = drive("sliding-window-ucb", window=3)
    driver.feed(("a", 0.0), ("b", 0.9), ("b", 0.9))
    assert driver.scores("ab").keys() == {"a", "b"}
    driver.feed(("b", 0.9))
    assert driver.ask("ab").arm == "a"


def test_a_late_reward_takes_its_place_by_the_time_of_its_decision(drive):
    driver = drive("sliding-window-ucb", window=3)
    late = driver.ask(["a"])
    driver.feed(("b", 0.5), ("b", 0.6))
    driver.tell(late, 1.0)
    assert driver.router.state()["window"] == [[0, "a", 1.0], [1, "b", 0.5], [2, "b", 0.6]]
    driver.feed(("b", 0.7))
    assert driver.router.state()["window"] == [[1, "b", 0.5], [2, "b", 0.6], [3, "b", 0.7]]


def test_a_reward_that_comes_after_its_place_left_the_window_is_dropped(drive):
    driver = drive("sliding-window-ucb", window=2)
    late = driver.ask(["a"])
    driver.feed(("b", 0.5), ("b", 0.6))
    assert driver.ask("ab").arm == "a"  # nor is it a pull in flight any more
    driver.tell(late, 1.0)
    assert driver.router.state()["window"] == [[1, "b", 0.5], [2, "b", 0.6]]
    assert driver.router.summary()["a"]["pulls"] == 1


def test_failures_and_pending_decisions_push_nothing_out_of_the_window(drive):
    driver = drive("sliding-window-ucb", window=2)
    driver.feed(("a", 0.5), ("b", 0.6))
    for _ in range(5):
        driver.tell(driver.ask("ab"), None)
        driver.ask(["b"])
    assert driver.router.state()["window"] == [[0, "a", 0.5], [1, "b", 0.6]]


# -- discount -----------------------------------------------------------------------------------------------


def test_discounted_counts_halve_with_each_decision(drive):
    driver = drive("discounted-ucb", gamma=0.5)
    driver.feed(("a", 1.0), ("b", 0.0), ("a", 0.5))
    # ages 2, 1, 0: a has 1/4 + 1 pulls and 1/4 · 1 + 1 · 0.5 reward, b 1/2 and 0
    assert driver.router.summary()["a"] == {
        "pulls": 2,
        "mean": 0.75,
        "recent_pulls": 1.25,
        "recent_mean": 0.6,
    }
    log_n = log(1.75)
    expected = {"a": 0.6 + 2 * sqrt(0.6 * log_n / 1.25), "b": 2 * sqrt(0.6 * log_n / 0.5)}
    assert driver.scores("ab") == pytest.approx(expected, abs=1e-6)


def test_a_late_reward_is_discounted_by_the_age_of_its_decision(drive):
    driver = drive("discounted-ucb", gamma=0.5)
    late = driver.ask(["a"])
    driver.feed(("b", 0.0))
    bonus = 2 * sqrt(0.6 * log(1.5))  # 1/2 pull of a, in flight, with the mean of all arms, 0; one of b
    assert driver.scores("ab") == pytest.approx({"a": bonus / sqrt(0.5), "b": bonus}, abs=1e-6)
    driver.tell(late, 1.0)
    assert driver.router.summary()["a"]["recent_pulls"] == 0.5
    assert driver.scores("ab") == pytest.approx({"a": 1 + bonus / sqrt(0.5), "b": bonus}, abs=1e-6)


def test_the_discounted_bound_has_no_logarithm_below_1(drive):
    driver = drive("discounted-ucb", gamma=0.1)
    driver.feed(("a", 0.3), ("b", 0.6))
    for _ in range(2):
        driver.tell(driver.ask("ab"), None)
    assert driver.scores("ab") == pytest.approx({"a": 0.3, "b": 0.6})


def test_an_arm_whose_pulls_have_faded_is_tried_again(drive):
    driver = drive("discounted-ucb", gamma=0.1)
    driver.feed(("a", 0.9), *[("b", 0.9)] * 10)
    assert driver.ask("ab").reason == "not tried yet"
