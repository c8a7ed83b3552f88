from __future__ import annotations

from math import erf, sqrt

import pytest


def test_a_batch_reward_counts_as_a_fraction_of_a_success(drive):
    driver = drive("thompson")
    driver.feed(("a", 0.75), ("a", 0.5))
    assert driver.router.summary()["a"] == {"pulls": 2, "mean": 0.625, "alpha": 2.25, "beta": 1.75}


def test_batches_can_count_as_many_trials_as_they_have_rows(drive):
    driver = drive("thompson", weigh_rows=True, prior_alpha=2, prior_beta=3)
    driver.feed(("a", 0.75), rows=20)
    driver.feed(("a", 0.5), rows=4)
    assert driver.router.summary()["a"] == {"pulls": 2, "mean": 0.625, "alpha": 2 + 17, "beta": 3 + 7}


def test_a_batch_of_unknown_size_counts_as_one_trial(drive):
    driver = drive("thompson", weigh_rows=True)
    driver.feed(("a", 1.0), rows=0)
    assert driver.router.summary()["a"]["alpha"] == 2


def test_the_discount_lets_the_evidence_fade_not_the_prior(drive):
    driver = drive("thompson", discount=0.5)
    driver.feed(("a", 1.0), ("b", 0.0), ("a", 0.5))
    shown = driver.router.summary()
    assert (shown["a"]["alpha"], shown["a"]["beta"]) == (1 + 0.75, 1 + 0.5)
    assert (shown["b"]["alpha"], shown["b"]["beta"]) == (1.0, 1.5)
    driver.feed(*[("c", 0.5)] * 60)
    assert driver.router.summary()["a"]["alpha"] == pytest.approx(1.0)


def test_two_arms_are_drawn_by_the_closed_form(drive):
    driver = drive("thompson")
    driver.feed(("a", 1.0), ("b", 0.0))  # Beta(2, 1) against Beta(1, 2): P(a > b) = 5/6
    assert driver.odds("ab") == pytest.approx({"a": 5 / 6, "b": 1 / 6})


def test_the_gaussian_posterior_is_the_conjugate_one(drive):
    driver = drive("thompson", posterior="gaussian", prior_mean=0.5, prior_sd=0.5, noise_sd=0.25)
    driver.feed(("a", 0.9), ("a", 0.8))
    # precision 4 + 2 · 16 = 36; mean (4 · 0.5 + 16 · 1.7) / 36
    assert driver.router.summary()["a"] == pytest.approx(
        {"pulls": 2, "mean": 0.85, "posterior_mean": 29.2 / 36, "posterior_sd": 1 / 6}
    )
    z = (29.2 / 36 - 0.5) / sqrt(1 / 36 + 1 / 4)
    assert driver.odds("ab")["a"] == pytest.approx(0.5 * (1 + erf(z / sqrt(2))))


def test_an_arm_without_a_reward_has_its_chance(drive):
    driver = drive("thompson")
    driver.feed(*[("a", 0.5)] * 20)
    assert driver.odds(["a", "late"])["late"] == pytest.approx(0.5)
