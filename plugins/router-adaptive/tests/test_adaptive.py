from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from datagen_plugin_router_adaptive.config import AdaptiveConfig
from datagen_plugin_router_adaptive.router import AdaptiveRouter
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import Context
from datagen_core.router import Arm, Decision, Episode, Feedback, Outlook

VOICE, SHOP = Context(domain="voice"), Context(domain="shop")


def arms(n: int, **attributes: Sequence[str]) -> list[Arm]:
    return [
        Arm(name=f"arm-{i}", attributes={key: values[i] for key, values in attributes.items()}, version="1")
        for i in range(n)
    ]


def adaptive(**options: Any) -> AdaptiveRouter:
    return AdaptiveRouter(AdaptiveConfig(**options))


def ask(
    router: AdaptiveRouter,
    i: int,
    offered: Sequence[Arm],
    context: Context = VOICE,
    outlook: Outlook | None = None,
) -> Decision:
    return router.select(
        context,
        offered,
        decision_id=f"d{i}",
        rng=random.Random(i),
        outlook=outlook or Outlook(requested=20),
    )


def answer(router: AdaptiveRouter, decision: Decision, reward: float, cost: float = 0.0) -> None:
    router.update(decision.id, Feedback(reward=reward, requested=20, accepted=round(20 * reward), cost=cost))


def dumped(router: AdaptiveRouter) -> str:
    return json.dumps(router.state(), sort_keys=True, allow_nan=False)


def reloaded(router: AdaptiveRouter) -> AdaptiveRouter:
    again = AdaptiveRouter(router.config)
    again.load(json.loads(dumped(router)))
    return again


class Bernoulli:
    """Arms whose batches of 20 pass at fixed rates; rewards depend on batch and arm alone."""

    def __init__(self, seed: int, rates: Sequence[float], rounds: int = 200) -> None:
        rng = np.random.default_rng(seed)
        self.rates = np.array(rates)
        self.passed = rng.binomial(20, self.rates, (rounds, len(rates))) / 20

    def run(self, router: AdaptiveRouter, rounds: int, start: int = 0) -> list[int]:
        offered = arms(len(self.rates))
        chosen = []
        for t in range(start, start + rounds):
            decision = ask(router, t, offered)
            arm = int(decision.arm.removeprefix("arm-"))
            answer(router, decision, float(self.passed[t, arm]))
            chosen.append(arm)
        return chosen


def some(router: AdaptiveRouter, rounds: int = 30) -> AdaptiveRouter:
    Bernoulli(0, [0.3, 0.8, 0.5]).run(router, rounds)
    return router


# -- it earns ---------------------------------------------------------------------------------------------


def test_it_beats_uniform_and_a_middling_fixed_arm_in_18_of_20_worlds() -> None:
    beats = 0
    for seed in range(20):
        rates = np.random.default_rng(seed).uniform(0.2, 0.9, 5)
        earned = rates[Bernoulli(seed, rates, 40).run(adaptive(), 40)].sum()
        beats += earned > 40 * rates.mean() and earned > 40 * np.median(rates)
    assert beats >= 18


def test_its_regret_is_sublinear() -> None:
    first = second = 0.0
    for seed in range(3):
        rates = np.random.default_rng(100 + seed).uniform(0.2, 0.9, 5)
        regret = rates.max() - rates[Bernoulli(seed, rates).run(adaptive(), 200)]
        first, second = first + regret[:50].sum(), second + regret[150:].sum()
    assert second < 0.25 * first


def test_after_the_best_arms_swap_it_recovers_within_20_batches_and_without_detection_later() -> None:
    before, after = Bernoulli(1, [0.85, 0.3, 0.2]), Bernoulli(2, [0.1, 0.3, 0.85])
    late: dict[bool, int] = {}
    for detects in (True, False):
        router = adaptive(detects_change=detects)
        before.run(router, 60)
        chosen = after.run(router, 80, start=60)
        late[detects] = sum(arm != 2 for arm in chosen)
    assert late[True] <= 20
    assert late[True] < late[False]


def test_it_learns_which_arm_suits_which_context() -> None:
    router, rng = adaptive(), np.random.default_rng(0)
    wrong = 0
    for t in range(120):
        context, best = (VOICE, "arm-0") if t % 2 else (SHOP, "arm-1")
        decision = ask(router, t, arms(3), context)
        answer(router, decision, rng.binomial(20, 0.8 if decision.arm == best else 0.4) / 20)
        wrong += t >= 40 and decision.arm != best
    assert wrong <= 4


def test_attributes_spare_it_from_trying_every_arm() -> None:
    offered = [Arm(name=f"{s}{m}", attributes={"strategy": s, "model": m}) for s in "abcde" for m in "wxyz"]
    router, rng = adaptive(), np.random.default_rng(0)
    tried = set()
    for t in range(60):
        decision = ask(router, t, offered)
        rate = 0.2 + 0.3 * ("c" in decision.arm) + 0.3 * ("y" in decision.arm)
        answer(router, decision, rng.binomial(20, rate) / 20)
        tried.add(decision.arm)
    assert len(tried) < 20
    assert decision.arm == "cy"


def test_an_arm_that_is_used_up_is_left_for_another() -> None:
    router, left = adaptive(), {"arm-0": 150.0, "arm-1": 1e9}
    size = dict(left)
    late = []
    for t in range(60):
        decision = ask(router, t, arms(2))
        rate = {"arm-0": 0.9, "arm-1": 0.6}[decision.arm] * left[decision.arm] / size[decision.arm]
        left[decision.arm] -= round(20 * rate)
        answer(router, decision, round(20 * rate) / 20)
        late.append(decision.arm)
    assert "arm-0" in late[:10] and set(late[-10:]) == {"arm-1"}


# -- batches in flight ------------------------------------------------------------------------------------


def test_with_batches_in_flight_it_spreads_instead_of_repeating() -> None:
    router = adaptive()
    assert {ask(router, i, arms(4)).arm for i in range(4)} == {"arm-0", "arm-1", "arm-2", "arm-3"}


def test_what_is_in_flight_narrows_the_bonus_and_leaves_the_mean() -> None:
    router = some(adaptive())
    first, second = ask(router, 100, arms(1)), ask(router, 101, arms(1))
    assert second.details["bonus"] < first.details["bonus"]
    assert second.details["mean"] == pytest.approx(first.details["mean"], abs=0.02)  # it is used up a little


# -- updates ----------------------------------------------------------------------------------------------


def _answers() -> tuple[AdaptiveRouter, list[tuple[str, Feedback]]]:
    router = adaptive(detects_change=False)
    rng = random.Random(5)
    answers = []
    for i in range(40):
        decision = ask(router, i, arms(4), VOICE if i % 3 else SHOP)
        reward = rng.random()
        answers.append(
            (decision.id, Feedback(reward=reward, requested=rng.randint(1, 50), accepted=3, cost=0.1))
        )
    return router, answers


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_show(order: random.Random) -> None:
    one, answers = _answers()
    other = reloaded(one)
    for decision_id, feedback in answers:
        one.update(decision_id, feedback)
    for decision_id, feedback in order.sample(answers, len(answers)):
        other.update(decision_id, feedback)
    assert dumped(one) == dumped(other)


def test_late_repeated_and_unknown_answers_and_bad_rewards() -> None:
    router = some(adaptive())
    late = ask(router, 500, arms(3))
    for i in range(501, 520):
        answer(router, ask(router, i, arms(3)), 0.5)
    before = dumped(router)
    for bad in (math.nan, math.inf, -0.01, 1.01):
        with pytest.raises(ValueError, match="reward"):
            router.update(late.id, Feedback(reward=bad))
    answer(router, Decision(id="nobody", arm="arm-0", propensity=1.0, reason="-"), 1.0)
    assert dumped(router) == before
    answer(router, late, 0.9)
    once = dumped(router)
    answer(router, late, 0.1)
    assert once != before and dumped(router) == once


def test_decisions_never_answered_are_released_at_last() -> None:
    router = adaptive()
    for i in range(1100):
        ask(router, i, arms(2))
    state = router.state()
    assert len(state["pending"]) == 1024
    before = dumped(router)
    router.update("d0", Feedback(reward=1.0))
    assert dumped(router) == before


def test_it_goes_on_from_its_state_bit_for_bit() -> None:
    router = some(adaptive(randomised_width=True), 37)
    again = reloaded(router)
    for i in range(100, 130):
        one, other = ask(router, i, arms(3)), ask(again, i, arms(3))
        assert one == other
        answer(router, one, 0.4)
        answer(again, other, 0.4)
    assert dumped(router) == dumped(again)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1), st.integers(0, 60)), max_size=25),
    st.booleans(),
    st.floats(0, 0.5),
)
def test_whatever_comes_probabilities_are_right_and_numbers_finite(
    events: list[tuple[int, float, int]], randomised: bool, floor: float
) -> None:
    router = adaptive(randomised_width=randomised, floor=floor)
    for i, (start, reward, requested) in enumerate(events):
        offered = arms(6)[start : start + 2]
        decision = ask(router, i, offered)
        assert decision.arm in {arm.name for arm in offered}
        assert 0 < decision.propensity <= 1 + 1e-9
        assert decision.propensity >= floor / len(offered) - 1e-12
        assert decision.details["low"] <= decision.details["mean"] <= decision.details["high"]
        if i % 4:
            router.update(decision.id, Feedback(reward=reward, requested=requested, accepted=0))
    assert all(math.isfinite(x) for one in router.summary().values() for x in one.values())
    assert dumped(reloaded(router)) == dumped(router)


# -- money ------------------------------------------------------------------------------------------------


def _priced(router: AdaptiveRouter, prices: Sequence[float], rewards: Sequence[float]) -> None:
    """Three batches of each arm, answered."""
    for i in range(3 * len(prices)):
        decision = ask(router, i, [arms(len(prices))[i % len(prices)]])
        answer(router, decision, rewards[i % len(prices)], prices[i % len(prices)])


@settings(max_examples=12, deadline=None)
@given(st.floats(0.0, 20.0), st.integers(1, 400))
def test_an_arm_that_cannot_be_paid_is_not_chosen_while_another_can(left: float, rows: int) -> None:
    router = adaptive()
    _priced(router, [1.0, 5.0, 14.0], [0.2, 0.5, 0.9])
    chosen = ask(router, 99, arms(3), outlook=Outlook(requested=20, rows_missing=rows, cost_left=left)).arm
    if left >= 1.0:
        assert {"arm-0": 1.0, "arm-1": 5.0, "arm-2": 14.0}[chosen] <= left + 1e-6


def test_a_budget_mixes_two_arms_in_the_shares_that_spend_it() -> None:
    router = adaptive()
    _priced(router, [1.0, 3.0], [0.4, 0.9])
    outlook = Outlook(requested=20, rows_missing=2000, cost_left=200.0)  # 100 batches at 2
    decision = ask(router, 99, arms(2), outlook=outlook)
    assert decision.propensity == pytest.approx(0.5, abs=0.01)
    assert "budget" in decision.reason


def test_a_loose_budget_changes_nothing() -> None:
    one, other = adaptive(), adaptive()
    for router in (one, other):
        _priced(router, [1.0, 3.0], [0.4, 0.9])
    outlook = Outlook(requested=20, rows_missing=200, cost_left=1e6)
    assert ask(one, 99, arms(2), outlook=outlook).arm == ask(other, 99, arms(2)).arm == "arm-1"


def test_without_a_known_horizon_it_paces_itself() -> None:
    router = adaptive()
    _priced(router, [1.0, 14.0], [0.5, 0.9])
    decision = ask(router, 99, arms(2), outlook=Outlook(requested=20, cost_left=100.0))  # 50 batches at 2
    assert decision.details["cost"] == pytest.approx(1.0) or decision.propensity < 0.2


# -- parking and versions ---------------------------------------------------------------------------------


def test_a_hopeless_arm_is_parked_probed_and_returns_when_it_has_changed() -> None:
    router = adaptive(probe_every=25)
    world = Bernoulli(3, [0.9, 0.1], 60)
    world.run(router, 40)
    assert router.summary()["arm-1"]["parked"] == 0.0  # one or two batches settled it: too few to park
    for i in range(3):
        answer(router, ask(router, 1000 + i, arms(2)[1:]), 0.1)
    assert router.summary()["arm-1"]["parked"] == 1.0
    reasons = []
    for i in range(2000, 2120):
        decision = ask(router, i, arms(2))
        answer(router, decision, 1.0 if decision.arm == "arm-1" else 0.9)
        reasons.append(decision.reason)
    assert any("probe" in reason for reason in reasons)
    assert decision.arm == "arm-1" and router.summary()["arm-1"]["parked"] == 0.0


def test_a_new_version_keeps_the_mean_and_is_less_certain() -> None:
    router = some(adaptive(), 60)
    old = ask(reloaded(router), 100, arms(2)[1:])
    new = ask(router, 100, [Arm(name="arm-1", version="2")])
    assert new.details["mean"] == pytest.approx(old.details["mean"], abs=0.05)
    assert new.details["high"] - new.details["low"] > 1.5 * (old.details["high"] - old.details["low"])


def test_arms_may_vanish_and_new_ones_come() -> None:
    router = some(adaptive())
    for i in range(100, 130):
        decision = ask(router, i, [Arm(name="new"), *arms(1)])
        answer(router, decision, 0.9 if decision.arm == "new" else 0.3)
    assert decision.arm == "new"


# -- attributes -------------------------------------------------------------------------------------------


def test_what_only_one_arm_has_changes_nothing() -> None:
    plain = arms(4)
    named = [Arm(name=arm.name, attributes={"strategy": f"of {arm.name}"}) for arm in plain]
    one, other = adaptive(), adaptive()
    for i in range(40):
        first, second = ask(one, i, plain), ask(other, i, named)
        assert (first.arm, first.details) == (second.arm, second.details)
        for router in (one, other):
            answer(router, first, [0.75, 0.1, 0.9, 0.8][int(first.arm[-1])])
    assert first.arm == "arm-2"


# -- memory and credit ------------------------------------------------------------------------------------


def _episodes(best: str, domain: str, n: int = 30) -> list[Episode]:
    return [
        Episode(
            job="earlier",
            context=Context(domain=domain).vector(),
            arm=arms(3)[i % 3],
            feedback=Feedback(reward=0.8 if arms(3)[i % 3].name == best else 0.4, requested=20, accepted=9),
        )
        for i in range(n)
    ]


def test_it_starts_from_what_earlier_runs_learned() -> None:
    router = adaptive()
    router.recall([*_episodes("arm-2", "voice"), *_episodes("arm-1", "shop")])
    assert ask(router, 0, arms(3), VOICE).arm == "arm-2"
    assert ask(router, 1, arms(3), SHOP).arm == "arm-1"


def test_a_domain_never_met_gets_the_arms_worth_over_all() -> None:
    router = adaptive()
    router.recall([*_episodes("arm-2", "voice"), *_episodes("arm-2", "shop")])
    known, unknown = ask(reloaded(router), 0, arms(3), VOICE), ask(router, 0, arms(3), Context(domain="law"))
    assert unknown.arm == known.arm == "arm-2"
    assert unknown.details["bonus"] > known.details["bonus"]


def test_remembered_batches_count_less_than_new_ones() -> None:
    widths = []
    for weight in (1.0, 0.5, 0.0):
        router = adaptive(memory_weight=weight)
        router.recall(_episodes("arm-1", "voice"))
        widths.append(ask(router, 0, arms(1)).details["bonus"])
    assert widths[0] < widths[1] < widths[2]


def test_credit_moves_an_arm_once() -> None:
    router = some(adaptive())
    before = router.summary()["arm-0"]["mean"]
    router.credit("downstream-1", "arm-0", 0.9, 0.001)
    assert router.summary()["arm-0"]["mean"] == before  # nothing to compare it with
    router.credit("downstream-2", "arm-1", 0.7, 0.001)
    moved = router.summary()["arm-0"]["mean"]
    router.credit("downstream-1", "arm-0", 0.1, 0.001)
    assert moved == pytest.approx(before + 0.1, abs=0.01) and router.summary()["arm-0"]["mean"] == moved
    assert reloaded(router).summary() == router.summary()


def test_rewards_however_many_cannot_outvote_a_worth_that_they_do_not_see() -> None:
    router = adaptive()
    chosen = []
    for i in range(200):
        decision = ask(router, i, arms(2))
        answer(router, decision, 1.0)
        chosen.append(decision.arm)
        if i % 20 == 19:
            for arm, value in (("arm-0", 0.75), ("arm-1", 0.95)):
                if arm in chosen:
                    router.credit(f"e{i}|{arm}", arm, value, 0.005)
    assert chosen[40:].count("arm-1") == 160


def test_an_arm_never_tried_is_tried_once_others_have_been_evaluated() -> None:
    router = adaptive()
    for i in range(5):
        answer(router, ask(router, i, arms(1)), 1.0)
    assert ask(reloaded(router), 5, arms(2)).arm == "arm-0"
    router.credit("e5|arm-0", "arm-0", 0.75, 0.005)
    decision = ask(router, 5, arms(2))
    assert decision.arm == "arm-1"
    answer(router, decision, 0.6)
    assert ask(router, 6, arms(2)).arm == "arm-0"  # its worth will be known, no need to hurry


@pytest.mark.parametrize(("value", "variance"), [(math.nan, 0.1), (1.2, 0.1), (0.5, 0.0), (0.5, math.nan)])
def test_credit_that_makes_no_sense_is_refused(value: float, variance: float) -> None:
    router = some(adaptive())
    before = dumped(router)
    with pytest.raises(ValueError, match="must be"):
        router.credit("x", "arm-0", value, variance)
    assert dumped(router) == before


# -- what it shows ----------------------------------------------------------------------------------------


def test_the_summary_adds_up() -> None:
    shown = some(adaptive(), 60).summary()
    assert sum(one["pulls"] for one in shown.values()) == 60
    assert sum(one["share"] for one in shown.values()) == pytest.approx(1.0)
    assert sum(one["p_best"] for one in shown.values()) == pytest.approx(1.0)
    assert all(one["low"] < one["mean"] < one["high"] for one in shown.values())
    assert max(shown, key=lambda name: shown[name]["mean"]) == "arm-1"


def test_an_exploring_decision_names_whom_it_displaced() -> None:
    router = some(adaptive(), 3)
    decision = ask(router, 50, [*arms(3), Arm(name="new")])
    assert decision.arm == "new"
    assert decision.details["displaced"] == "arm-1" and decision.details["displaced_by"] > 0


@pytest.mark.parametrize(("batches", "is_looked_at"), [(40, True), (20, False), (None, False)])
def test_an_arm_that_looks_like_a_bad_one_is_looked_at_once_where_the_run_is_long_enough(
    batches: int | None, is_looked_at: bool
) -> None:
    rewards = {"arm-0": 0.75, "arm-1": 0.0, "arm-2": 0.0, "arm-3": 0.3, "arm-4": 0.3, "arm-5": 0.9}
    offered = arms(6, strategy=["words", "grammar", "grammar", "words", "words", "grammar"])
    router = adaptive()
    reasons, chosen = [], []
    for i, arm in enumerate(offered[:5]):  # all but the best of them
        answer(router, ask(router, 100 + i, [arm]), rewards[arm.name])
    for i in range(5, batches or 40):
        missing = None if batches is None else 20 * (batches - i)
        decision = ask(router, i, offered, outlook=Outlook(requested=20, rows_missing=missing))
        answer(router, decision, rewards[decision.arm])
        reasons.append(decision.reason)
        chosen.append(decision.arm)
    assert any("first look" in reason for reason in reasons) == is_looked_at
    assert (chosen[-1] == "arm-5") == is_looked_at
