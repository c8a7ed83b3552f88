from __future__ import annotations

from collections import Counter
from math import exp

import pytest

from datagen_core import RecipeError


def test_epsilon_first_explores_evenly_and_then_keeps_the_best(drive):
    driver = drive("epsilon-first", explore=40)
    for i in range(40):
        decision = driver.ask("abcd")
        assert decision.propensity == 0.25
        assert decision.reason == f"exploring, decision {i + 1} of 40"
        driver.tell(decision, {"a": 0.2, "b": 0.3, "c": 0.9, "d": 0.1}[decision.arm])
    later = [driver.ask("abcd") for _ in range(20)]
    assert {(d.arm, d.propensity, d.reason) for d in later} == {("c", 1.0, "best mean (0.900)")}


def test_epsilon_first_tries_an_arm_that_comes_late_once(drive):
    driver = drive("epsilon-first", explore=1)
    driver.feed(("a", 0.5), ("b", 0.4))
    late = driver.ask(["a", "b", "late"])
    driver.tell(late, 0.3)
    assert (late.arm, driver.ask(["a", "b", "late"]).arm) == ("late", "a")


def test_ties_of_the_best_mean_are_broken_at_random(drive):
    driver = drive("epsilon-first", explore=1)
    driver.feed(("a", 0.5), ("b", 0.5), ("c", 0.4))
    assert driver.odds("abc") == {"a": 0.5, "b": 0.5}


def test_epsilon_decreasing_falls_as_1_over_n(drive):
    driver = drive("epsilon-decreasing", c=0.1, d=0.2)  # of 2 arms: epsilon = min(1, 5 / n)
    driver.feed(*[("a", 0.9)] * 3)
    assert driver.odds("ab") == {"a": 0.5, "b": 0.5}  # decision 4

    driver.feed(*[("a", 0.9), ("b", 0.1)] * 11)
    decision = driver.ask("ab")  # number 26
    epsilon = 5 / 26
    expected = {"a": 1 - epsilon / 2, "b": epsilon / 2}
    assert decision.propensity == pytest.approx(expected[decision.arm])
    assert decision.reason.startswith("any arm with probability 0.192, else the best mean (")


def test_boltzmann_probabilities_are_a_softmax_of_the_means(drive):
    driver = drive("boltzmann", temperature=0.2)
    driver.feed(("a", 0.5), ("b", 0.7), ("c", 0.3))
    weights = {"a": exp(2.5), "b": exp(3.5), "c": exp(1.5)}
    expected = {name: weight / sum(weights.values()) for name, weight in weights.items()}
    assert driver.odds("abc") == pytest.approx(expected)
    assert expected["b"] == pytest.approx(0.665241, abs=1e-6)


def test_boltzmann_cools_down_to_its_floor(drive):
    driver = drive("boltzmann", temperature=1.0, decay=0.5, floor=0.1)
    reasons = []
    for _ in range(6):
        driver.feed(("a", 0.5))
        reasons.append(driver.ask("a").reason)
    assert reasons[0] == "softmax of the means at temperature 0.500 (0.500)"
    assert reasons[1:] == [
        "softmax of the means at temperature " + rest for rest in ["0.125 (0.500)", *["0.100 (0.500)"] * 4]
    ]


def test_round_robin_goes_round(drive):
    driver = drive("round-robin")
    assert [driver.ask("abc").arm for _ in range(7)] == list("abcabca")
    assert driver.ask("abc").propensity == 1.0


def test_round_robin_with_arms_that_come_and_go(drive):
    driver = drive("round-robin")
    offers = ["abc", "ab", "abd", "abcd", "abcd", "abcd", "abcd", "cd", "cd", "abcd"]
    assert "".join(driver.ask(offer).arm for offer in offers) == "abdcabdcda"


def test_round_robin_gives_a_late_arm_one_turn_not_those_it_missed(drive):
    driver = drive("round-robin")
    for _ in range(50):
        driver.ask("ab")
    assert Counter(driver.ask("abc").arm for _ in range(9)) == {"a": 3, "b": 3, "c": 3}


def test_fixed_takes_its_arm(drive):
    driver = drive("fixed", arm="b")
    decision = driver.ask("abc")
    assert (decision.arm, decision.propensity) == ("b", 1.0)


def test_fixed_goes_on_with_the_others_when_its_arm_is_withdrawn(drive):
    driver = drive("fixed", arm="b")
    driver.ask("abc")
    assert driver.odds("ac") == {"a": 0.5, "c": 0.5}
    assert driver.ask("ac").reason == "arm 'b' isn't offered now: any other"
    assert driver.ask("abc").arm == "b"


def test_fixed_says_so_when_its_arm_was_never_offered(drive):
    driver = drive("fixed", arm="bb")
    with pytest.raises(RecipeError, match="no arm 'bb' is offered") as caught:
        driver.ask("abc")
    assert caught.value.expected == "one of a, b, c"
