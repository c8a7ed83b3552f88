from __future__ import annotations

import math
import random

import numpy as np
import pytest
from datagen_plugin_bandits.linear import features_of, unit

from datagen_core import Arm, Context, Feedback
from datagen_core.router import Episode

JOBS = [
    Context(domain="voice", format="labelled", seeds=14),
    Context(domain="support", format="text", complexity="high", documents=9),
    Context(domain="code", languages=("en", "de"), more={"depth": 3}),
]


def test_features_have_an_intercept_and_length_1():
    x = unit({"a": 2.0, "b": 0.0})
    assert x == {"": 1 / math.sqrt(5), "a": 2 / math.sqrt(5)}
    assert math.fsum(value**2 for value in features_of(JOBS[1]).values()) == pytest.approx(1.0)


def dense(rows, names):
    return np.array([[row.get(name, 0.0) for name in names] for row in rows])


def test_means_and_widths_agree_with_a_direct_solution(drive):
    driver = drive("lin-ucb", ridge=0.7, alpha=0.4, prior_mean=0.5)
    rng = random.Random(1)
    data = {"a": [], "b": []}
    for _ in range(60):
        job, arm, reward = rng.choice(JOBS), rng.choice("ab"), rng.random()
        driver.feed((arm, reward), context=job)
        data[arm].append((features_of(job), reward))
    names = sorted({name for job in JOBS for name in features_of(job)})
    for job in JOBS:
        means, widths = driver.router.scores(["a", "b"], features_of(job))
        (x,) = dense([features_of(job)], names)
        for arm, found_mean, found_width in zip("ab", means, widths, strict=True):
            rows = dense([row for row, _ in data[arm]], names)
            inverse = np.linalg.inv(0.7 * np.eye(len(names)) + rows.T @ rows)
            theta = inverse @ rows.T @ (np.array([reward for _, reward in data[arm]]) - 0.5)
            assert found_mean == pytest.approx(0.5 + x @ theta, abs=1e-8)
            assert found_width == pytest.approx(math.sqrt(x @ inverse @ x), abs=1e-8)


def test_one_context_gives_the_shrunken_mean_and_its_width(drive):
    driver = drive("lin-ucb", alpha=0.5)
    driver.feed(("a", 0.9), ("a", 0.8), ("a", 0.7))
    # x has length 1, so A has eigenvalue 1 + 3 along it: mean 0.5 + (0.4 + 0.3 + 0.2) / 4, width 1 / sqrt(4)
    assert driver.scores(["a", "new"]) == pytest.approx({"a": 0.725 + 0.25, "new": 1.0}, abs=1e-6)


def test_decisions_in_flight_narrow_the_bound_without_moving_the_mean(drive):
    driver = drive("lin-ucb", alpha=0.5)
    driver.feed(("a", 0.9))
    for _ in range(2):
        driver.ask(["a"])
    assert driver.scores("a") == pytest.approx({"a": 0.7 + 0.25}, abs=1e-6)


def test_linear_thompson_sampling_draws_by_the_closed_form(drive):
    driver = drive("lin-ts", v=0.2)
    driver.feed(("a", 0.9), ("a", 0.8), ("a", 0.7))
    z = (0.725 - 0.5) / math.hypot(0.2 / 2, 0.2)
    assert driver.odds("ab")["a"] == pytest.approx(0.5 * (1 + math.erf(z / math.sqrt(2))))


def test_features_that_come_later_have_no_weight_yet(drive):
    driver = drive("lin-ucb")
    driver.feed(("a", 0.9), context=JOBS[0])
    before, _ = driver.router.scores(["a"], features_of(JOBS[0]))
    driver.feed(("b", 0.1), context=JOBS[2])
    after, _ = driver.router.scores(["a"], features_of(JOBS[0]))
    assert after == pytest.approx(before)
    assert {"domain=code", "depth", "languages=de"} <= set(driver.router.state()["features"])


def test_features_past_the_limit_are_left_out_and_the_state_stops_growing(drive):
    driver = drive("lin-ucb", max_features=4)
    for i in range(50):
        driver.feed(("a", 0.5), context=Context(domain=f"d{i}", more={f"f{i}": 1}))
    state = driver.router.state()
    assert len(state["features"]) == 4
    assert [len(row) for row in state["arms"]["a"]["outer"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["lin-ucb", "lin-ts"])
def test_the_best_arm_is_found_where_it_depends_on_the_context(drive, name):
    best = {0: "a", 1: "b", 2: "c"}

    def share_of_best(driver):
        rng = random.Random(0)
        hits = 0
        for t in range(240):
            job = rng.randrange(3)
            decision = driver.ask("abc", JOBS[job])
            driver.tell(decision, 0.8 if decision.arm == best[job] else 0.3)
            hits += t >= 120 and decision.arm == best[job]
        return hits / 120

    assert share_of_best(drive(name)) > 0.8
    assert share_of_best(drive("ucb1")) < 0.5


def episodes(n=20):
    return [
        Episode(
            job=f"j{i}",
            context=JOBS[i % 2].vector(),
            arm=Arm(name=arm),
            feedback=Feedback(reward=0.8 if (arm == "a") == (i % 2 == 0) else 0.3),
        )
        for i in range(n)
        for arm in "ab"
    ]


@pytest.mark.parametrize("name", ["lin-ucb", "lin-ts"])
def test_earlier_runs_are_recalled_under_their_features(drive, name):
    driver = drive(name)
    driver.router.recall(episodes())
    assert driver.router.summary() == {}  # they aren't pulls of this run
    assert driver.odds("ab", JOBS[0])["a"] > 0.9
    assert driver.odds("ab", JOBS[1])["b"] > 0.9


def test_earlier_runs_count_by_their_weight(drive):
    half, none = drive("lin-ucb", recall_weight=0.5), drive("lin-ucb", recall_weight=0)
    episode = Episode(job="j", context=Context().vector(), arm=Arm(name="a"), feedback=Feedback(reward=0.9))
    for driver in (half, none):
        driver.router.recall([episode] * 2)
    # weight 1 in all: mean 0.5 + 0.4 / 2, width 1 / sqrt(2)
    assert half.scores("a") == pytest.approx({"a": 0.7 + 0.5 / math.sqrt(2)}, abs=1e-6)
    assert none.scores("a") == pytest.approx({"a": 1.0})
