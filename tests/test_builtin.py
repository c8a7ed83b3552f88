"""What the core brings by itself: epsilon-greedy, uniform and the two rewards."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.builtin.coverage_yield import CoverageYield
from datagen_core.builtin.epsilon_greedy import EpsilonGreedy, EpsilonGreedyConfig
from datagen_core.builtin.novel_yield import NovelYield
from datagen_core.builtin.pass_rate_quality import PassRateQuality
from datagen_core.builtin.uniform import Uniform
from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.reward import Outcome, RewardValue
from datagen_core.router import Arm, Decision, Feedback, Router
from datagen_core.sample import Sample

DRAWS = 20_000


def select(router: Router[Any], names: str, index: int = 0, seed: int = 0) -> Decision:
    """A choice among arms of one letter each."""
    arms = [Arm(name=name) for name in names]
    return router.select(Context(), arms, decision_id=f"d{index}", rng=random.Random(f"{seed}|{index}"))


def tell(router: Router[Any], index: int, reward: float | None) -> None:
    router.update(f"d{index}", Feedback(reward=reward))


def learned(rewards: Mapping[str, Sequence[float]], **options: float) -> EpsilonGreedy:
    """A router that was told these rewards, and decided nothing since."""
    router = EpsilonGreedy(EpsilonGreedyConfig(**options))
    router.load(
        {
            "decisions": 0,
            "pulls": {name: len(given) for name, given in rewards.items()},
            "totals": {name: sum(given) for name, given in rewards.items()},
            "pending": {},
        }
    )
    return router


def frequencies(router: EpsilonGreedy, names: str) -> dict[str, float]:
    """Shares of the arms in many draws from the very same state."""
    state = router.state()
    counts: Counter[str] = Counter()
    for draw in range(DRAWS):
        router.load(state)
        counts[select(router, names, draw).arm] += 1
    router.load(state)
    return {name: counts[name] / DRAWS for name in names}


def propensities(router: EpsilonGreedy, names: str) -> dict[str, float]:
    """What the router says of each arm it may choose from this state."""
    state, found = router.state(), {}
    for draw in range(1000):
        router.load(state)
        decision = select(router, names, draw)
        assert found.setdefault(decision.arm, decision.propensity) == decision.propensity
    router.load(state)
    return found


def test_epsilon_greedy_tries_each_arm_once_in_the_order_offered_pending_ones_counted() -> None:
    router = EpsilonGreedy(EpsilonGreedyConfig())
    decisions = [select(router, "bca", i) for i in range(3)]  # no feedback in between
    assert [d.arm for d in decisions] == ["b", "c", "a"]
    assert [(d.propensity, d.reason) for d in decisions] == [(1.0, "not tried yet")] * 3
    assert [d.id for d in decisions] == ["d0", "d1", "d2"]
    assert router.state()["decisions"] == 0  # epsilon hasn't begun to decay


def test_before_any_reward_is_known_all_arms_are_alike() -> None:
    router = EpsilonGreedy(EpsilonGreedyConfig(start=0.0, floor=0.0))
    for i in range(2):
        select(router, "ab", i)
    assert propensities(router, "ab") == {"a": 0.5, "b": 0.5}
    assert select(router, "ab", 2).reason == "no reward known yet"


def test_epsilon_decays_by_decision_down_to_its_floor() -> None:
    router = learned({"a": [1.0], "b": [0.0]}, start=0.4, decay=0.5, floor=0.1)
    found = []
    for i in range(5):
        decision = select(router, "ab", i)
        found.append(decision.propensity if decision.arm == "a" else 1 - decision.propensity)
    # epsilon 0.4, 0.2, 0.1, then 0.05 and 0.025 held at 0.1; the better arm: 1 - epsilon / 2
    assert found == pytest.approx([0.8, 0.9, 0.95, 0.95, 0.95], abs=1e-12)


@pytest.mark.parametrize(
    ("rewards", "names", "expected"),
    [
        ({"a": [1.0], "b": [0.5], "c": [0.0]}, "abc", {"a": 0.8, "b": 0.1, "c": 0.1}),
        ({"a": [1.0, 0.0], "b": [0.5], "c": [0.0]}, "abc", {"a": 0.45, "b": 0.45, "c": 0.1}),  # a tie at 0.5
        ({"a": [0.0], "b": [0.0]}, "ab", {"a": 0.5, "b": 0.5}),
        ({"a": [1.0], "b": [0.5], "c": [0.2]}, "bc", {"b": 0.85, "c": 0.15}),  # a isn't offered now
    ],
)
def test_propensities_are_epsilon_greedys_sum_to_one_and_are_the_frequencies(
    rewards: dict[str, list[float]], names: str, expected: dict[str, float]
) -> None:
    router = learned(rewards, start=0.3, floor=0.3)
    said = propensities(router, names)
    assert said == pytest.approx(expected)
    assert sum(said.values()) == pytest.approx(1.0)
    for name, share in frequencies(router, names).items():
        deviation = math.sqrt(said[name] * (1 - said[name]) / DRAWS)
        assert share == pytest.approx(said[name], abs=4 * deviation)


def test_without_exploration_the_best_arm_is_certain_and_its_reason_says_so() -> None:
    router = learned({"a": [0.25], "b": [0.75]}, start=0.0, floor=0.0)
    decision = select(router, "ab")
    assert (decision.arm, decision.propensity, decision.reason) == ("b", 1.0, "best mean 0.750")


def test_exploration_is_said_with_its_epsilon() -> None:
    router = learned({"a": [0.25], "b": [0.75]}, start=1.0)
    assert {select(router, "ab").reason} == {"explore (epsilon 1.00)"}
    assert propensities(learned({"a": [0.25], "b": [0.75]}, start=1.0), "ab") == {"a": 0.5, "b": 0.5}


def test_a_new_arm_is_tried_at_once_and_one_that_vanished_is_remembered() -> None:
    router = learned({"a": [1.0], "b": [0.0]}, start=0.0, floor=0.0)
    assert select(router, "abc", 0).arm == "c"
    tell(router, 0, 0.5)
    assert select(router, "bc", 1).arm == "c"
    assert select(router, "abc", 2).arm == "a"
    assert {name: row["mean"] for name, row in router.summary().items()} == {"a": 1.0, "b": 0.0, "c": 0.5}


def test_updates_may_come_late_twice_from_nowhere_or_never() -> None:
    router = EpsilonGreedy(EpsilonGreedyConfig())
    for i in range(3):
        select(router, "abc", i)
    tell(router, 2, 0.25)  # out of order
    tell(router, 0, 1.0)
    once = router.state()
    tell(router, 0, 0.0)  # answered before
    tell(router, 77, 1.0)  # never asked
    assert router.state() == once
    assert router.summary() == {"c": {"pulls": 1, "mean": 0.25}, "a": {"pulls": 1, "mean": 1.0}}
    assert once["pending"] == {"d1": "b"}  # lost, and not tried again for that
    assert select(router, "abc", 3).reason != "not tried yet"


def test_a_batch_that_failed_releases_its_decision_unjudged() -> None:
    router = EpsilonGreedy(EpsilonGreedyConfig())
    select(router, "ab", 0)
    tell(router, 0, None)
    assert router.state() == {"decisions": 0, "pulls": {}, "totals": {}, "pending": {}}
    assert select(router, "ab", 1).arm == "a"  # so it is still to be tried


@pytest.mark.parametrize("make", [lambda: EpsilonGreedy(EpsilonGreedyConfig()), lambda: Uniform(Config())])
@pytest.mark.parametrize("reward", [math.nan, math.inf, -math.inf, -1e-9, 1 + 1e-9])
def test_a_reward_that_is_none_is_an_error_and_changes_nothing(make: Any, reward: float) -> None:
    router = make()
    select(router, "ab", 0)
    before = router.state()
    with pytest.raises(ValueError, match="must be in"):
        tell(router, 0, reward)
    assert router.state() == before
    tell(router, 0, 1.0)
    tell(router, 0, 0.0)


@settings(max_examples=30)
@given(
    rewards=st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=60),
    cut=st.integers(0, 60),
    lag=st.integers(0, 5),
    uniform=st.booleans(),
)
def test_a_router_restored_from_its_json_goes_on_just_the_same(
    rewards: list[float | None], cut: int, lag: int, uniform: bool
) -> None:
    def fresh() -> Router[Any]:
        return Uniform(Config()) if uniform else EpsilonGreedy(EpsilonGreedyConfig(start=0.5))

    def step(router: Router[Any], i: int) -> Decision:
        decision = select(router, "abc" if i % 7 else "bcd", i)
        if i >= lag:
            tell(router, i - lag, rewards[i - lag])
        return decision

    straight, broken = fresh(), fresh()
    traces: tuple[list[Decision], list[Decision]] = ([], [])
    for i in range(len(rewards)):
        if i == cut:
            restored = fresh()
            restored.load(json.loads(json.dumps(broken.state())))
            assert restored.state() == broken.state()
            broken = restored
        traces[0].append(step(straight, i))
        traces[1].append(step(broken, i))
    assert traces[0] == traces[1]
    assert json.dumps(straight.state()) == json.dumps(broken.state())


def test_a_state_that_was_given_away_isnt_changed_from_inside() -> None:
    router = EpsilonGreedy(EpsilonGreedyConfig())
    before = router.state()
    kept = json.dumps(before)
    select(router, "ab", 0)
    tell(router, 0, 1.0)
    assert json.dumps(before) == kept
    router.load(before)
    select(router, "ab", 0)
    assert json.dumps(before) == kept


def test_uniform_gives_each_arm_its_equal_share() -> None:
    router = Uniform(Config())
    counts = Counter(select(router, "abcd", i).arm for i in range(DRAWS))
    deviation = math.sqrt(0.25 * 0.75 / DRAWS)
    for name in "abcd":
        assert counts[name] / DRAWS == pytest.approx(0.25, abs=4 * deviation)
    assert {select(router, "abcd", i).propensity for i in range(9)} == {0.25}
    assert (router.state(), router.summary()) == ({}, {})


# -- rewards ----------------------------------------------------------------------------------------------


def outcome(passed: int, generated: int, requested: int = 10, **more: Any) -> Outcome:
    rows = tuple(Sample(id=str(i), response=str(i)) for i in range(passed))
    return Outcome(requested=requested, generated=generated, passed=rows, **{"novel": passed, **more})


def value(kind: type[NovelYield] | type[PassRateQuality], given: Outcome) -> RewardValue:
    return kind(Config(), Inputs()).score(given)


def test_eight_of_ten_at_quality_four_fifths_are_worth_064() -> None:
    batch = outcome(8, 10, quality=0.8, novel_quality=0.8)
    assert value(PassRateQuality, batch).value == pytest.approx(0.64)
    assert value(PassRateQuality, batch).components == {"pass_rate": 0.8, "quality": 0.8}
    assert value(NovelYield, batch).value == pytest.approx(0.64)
    assert value(NovelYield, batch).components == {"novel_share": 0.8, "quality": 0.8}


@pytest.mark.parametrize("kind", [NovelYield, PassRateQuality])
@pytest.mark.parametrize("generated", [0, 10])
def test_a_batch_of_which_nothing_passed_is_worth_nothing(kind: Any, generated: int) -> None:
    assert value(kind, outcome(0, generated)).value == 0.0
    assert value(kind, outcome(0, 0, requested=0)).value == 0.0


def test_pass_rate_pays_for_copies_and_for_making_less_and_novel_yield_doesnt() -> None:
    copies = outcome(10, 10, novel=1, quality=1.0, novel_quality=1.0)
    few = outcome(1, 1, quality=1.0, novel_quality=1.0)
    assert [value(PassRateQuality, o).value for o in (copies, few)] == [1.0, 1.0]
    assert [value(NovelYield, o).value for o in (copies, few)] == [0.1, 0.1]


def test_a_batch_of_known_rows_alone_is_worth_nothing_to_novel_yield() -> None:
    assert value(NovelYield, outcome(10, 10, novel=0, quality=1.0)).value == 0.0


def test_rows_that_nothing_lacked_earn_nothing_of_coverage_yield() -> None:
    some = outcome(10, 10, novel=10, needed=3, quality=0.5, novel_quality=0.5)
    assert value(CoverageYield, some).value == pytest.approx(0.15)
    assert (
        value(CoverageYield, outcome(10, 10, novel=10, needed=0, quality=1.0, novel_quality=1.0)).value == 0.0
    )


@settings(max_examples=100)
@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=10),
    cut=st.integers(0, 10),
    copies=st.lists(st.integers(0, 9), max_size=10),
)
def test_neither_copies_nor_fewer_rows_ever_raise_novel_yield(
    scores: list[float], cut: int, copies: list[int]
) -> None:
    """Novel yield is the sum of the novel rows' scores over what was asked for."""

    def batch(kept: list[float], doubled: list[float]) -> float:
        both = [*kept, *doubled]
        quality = sum(both) / len(both) if both else None
        novel_quality = sum(kept) / len(kept) if kept else None
        given = outcome(
            len(both), len(both), 10, novel=len(kept), quality=quality, novel_quality=novel_quality
        )
        return value(NovelYield, given).value

    whole = batch(scores, [])
    assert whole == pytest.approx(sum(scores) / 10)
    assert batch(scores, [scores[i % len(scores)] for i in copies]) <= whole + 1e-12
    assert batch(scores[:cut], []) <= whole + 1e-12
