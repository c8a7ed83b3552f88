from __future__ import annotations

from math import e, exp

import pytest


def test_the_first_choice_is_even(drive):
    assert drive("exp3s").odds("abcd") == pytest.approx(dict.fromkeys("abcd", 0.25))


def test_two_arms_by_hand(drive):
    driver = drive("exp3s", gamma=0.2, alpha=0.01)
    decision = driver.ask("ab")
    driver.tell(decision, 0.8)
    # the estimate is 0.8 / 0.5, the weight exp(0.2 · 1.6 / 2) = exp(0.16); then each grows by e · 0.01 / 2 · (1 + 1)
    chosen, other = exp(0.16) + e * 0.01, 1 + e * 0.01
    assert (chosen, other) == pytest.approx((1.200694, 1.027183), abs=1e-6)
    share = 0.8 * chosen / (chosen + other) + 0.1
    (rest,) = {"a", "b"} - {decision.arm}
    assert driver.odds("ab") == pytest.approx({decision.arm: share, rest: 1 - share})
    assert driver.router.state()["weights"] == pytest.approx({decision.arm: 1.0, rest: other / chosen})

    # a second one: with the propensity it has now, and the mean of both weights
    second = driver.ask("ab")
    p = share if second.arm == decision.arm else 1 - share
    assert second.propensity == pytest.approx(p)
    driver.tell(second, 0.5)
    before = {decision.arm: 1.0, rest: other / chosen}
    spread = e * 0.01 * (1 + other / chosen) / 2
    grown = {
        arm: w * (exp(0.2 * 0.5 / p / 2) if arm == second.arm else 1) + spread for arm, w in before.items()
    }
    assert driver.router.state()["weights"] == pytest.approx(
        {arm: w / max(grown.values()) for arm, w in grown.items()}
    )


def test_a_late_reward_is_weighed_with_the_propensity_of_its_decision(drive):
    first, second = drive("exp3s", alpha=0.0), drive("exp3s", alpha=0.0)
    for driver, order in ((first, (0, 1)), (second, (1, 0))):
        decisions = [driver.ask("ab", seed=seed) for seed in (0, 1)]
        for i in order:
            driver.tell(decisions[i], 0.7)
    assert first.router.state()["weights"] == pytest.approx(second.router.state()["weights"])


def test_a_new_arm_has_the_mean_weight(drive):
    driver = drive("exp3s", gamma=0.5)
    for _ in range(10):
        decision = driver.ask("ab")
        driver.tell(decision, 1.0 if decision.arm == "a" else 0.0)
    driver.ask("abc")
    weights = driver.router.state()["weights"]
    assert weights["c"] == pytest.approx((weights["a"] + weights["b"]) / 2)


def test_weights_neither_overflow_nor_vanish(drive):
    driver = drive("exp3s", gamma=1.0, alpha=0.0)
    for _ in range(3000):
        decision = driver.ask("ab")
        driver.tell(decision, 1.0 if decision.arm == "a" else 0.0)
    assert driver.odds("ab") == {"a": 0.5, "b": 0.5}  # gamma 1 is uniform choice
    assert max(driver.router.state()["weights"].values()) == 1.0
