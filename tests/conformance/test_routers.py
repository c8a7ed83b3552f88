from __future__ import annotations

import pytest

from datagen_core.testing import ComponentConformance, RouterConformance

HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_routers():
    return [Component(name="toy", summary="Shares of means", impl="$module.part:Toy")]
"""
PART = """
import random
from datagen_core import Config, Decision, Router
from datagen_core.router import check_reward

class Toy(Router[Config]):
    def __init__(self, config):
        super().__init__(config)
        self.pulls, self.totals, self.pending, self.history = {}, {}, {}, []

    def select(self, context, arms, *, decision_id, rng, outlook=None):
        names = [arm.name for arm in arms]
        weights = [0.1 + self.totals.get(name, 0.0) / self.pulls.get(name, 1) for name in names]
        shares = [weight / sum(weights) for weight in weights]
        (i,) = rng.choices(range(len(names)), shares)
        self.pending[decision_id] = names[i]
        return Decision(id=decision_id, arm=names[i], propensity=shares[i], reason="its share")

    def update(self, decision_id, feedback):
        check_reward(feedback.reward)
        arm = self.pending.pop(decision_id, None)
        if arm is None or feedback.reward is None:
            return
        self.pulls[arm] = self.pulls.get(arm, 0) + 1
        self.totals[arm] = self.totals.get(arm, 0.0) + (feedback.reward or 0.0)

    def state(self):
        return {"pulls": dict(self.pulls), "totals": dict(self.totals), "pending": dict(self.pending)}

    def load(self, state):
        self.pulls, self.totals = dict(state["pulls"]), dict(state["totals"])
        self.pending = dict(state["pending"])

    def summary(self):
        return {name: {"pulls": n, "mean": self.totals[name] / n} for name, n in self.pulls.items()}
"""
NAMES = "names = [arm.name for arm in arms]"
POP = "arm = self.pending.pop(decision_id, None)"
CHECK = "check_reward(feedback.reward)"
STATE = 'return {"pulls": dict(self.pulls), "totals": dict(self.totals), "pending": dict(self.pending)}'

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_only_offered_arms_are_chosen": [
        (NAMES, "names = sorted({arm.name for arm in arms} | set(self.pulls))"),
        ("Decision(id=decision_id", "Decision(id='decision'"),
    ],
    "test_a_decision_has_a_probability_and_a_reason": [
        ("propensity=shares[i]", "propensity=0.0"),
        ("propensity=shares[i]", "propensity=float('nan')"),
        ("propensity=shares[i]", "propensity=1.5"),
        ('reason="its share"', 'reason=""'),
    ],
    "test_a_lone_arm_is_certain": [("propensity=shares[i]", "propensity=weights[i] / 3")],
    "test_propensities_are_the_frequencies": [
        ("propensity=shares[i]", "propensity=1 / len(names)"),
        ("propensity=shares[i]", "propensity=shares[i] ** 0.9"),
    ],
    "test_the_same_randomness_gives_the_same_choices": [
        ("rng.choices", "random.SystemRandom().choices"),
    ],
    "test_a_repeated_update_counts_once": [(POP, "arm = self.pending.get(decision_id)")],
    "test_an_unknown_decision_changes_nothing": [(POP, "arm = self.pending.pop(decision_id, 'arm-0')")],
    "test_a_reward_outside_0_to_1_is_refused": [
        (CHECK, "pass"),
        (CHECK, "if feedback.reward is not None and feedback.reward > 1: raise ValueError"),
        (f"{CHECK}\n        {POP}", f"{POP}\n        {CHECK}"),
    ],
    "test_late_feedback_is_credited_to_the_arm_that_was_chosen": [
        (POP, f"{POP} and list(self.pending.values() or ['arm-0'])[-1]")
    ],
    "test_lost_feedback_stops_nothing": [
        (NAMES, f"{NAMES}\n        if len(self.pending) > 50: raise OverflowError")
    ],
    "test_a_failure_is_released_not_judged": [
        ("or feedback.reward is None:\n            return", "or False:\n            return"),
        (POP, "arm = feedback.reward is not None and self.pending.pop(decision_id, None) or None"),
    ],
    "test_its_summary_is_numbers": [
        ('"mean": self.totals[name] / n', '"mean": float("nan")'),
        ('"mean": self.totals[name] / n', '"mean": "good"'),
    ],
    "test_its_state_is_json_and_round_trips_exactly": [
        (STATE, STATE.replace('"pending": dict(self.pending)', '"pending": {}')),
        (STATE, STATE.replace("dict(self.totals)", "{k: round(v, 1) for k, v in self.totals.items()}")),
        (STATE, STATE.replace('"pulls"', '"seen": set(self.pulls), "pulls"')),
        (STATE, STATE.replace('"pulls"', '"latest": float("nan"), "pulls"')),
        ('dict(state["totals"])', 'dict.fromkeys(state["totals"], 0.0)'),
    ],
    "test_its_state_is_a_copy": [
        (STATE, STATE.replace("dict(self.pulls)", "self.pulls")),
        ('dict(state["pulls"])', 'state["pulls"]'),
    ],
    "test_its_state_stops_growing": [
        (POP, f"{POP}\n        self.history.append(decision_id)"),
    ],
}
WITH_HISTORY = (STATE, STATE.replace('"pulls"', '"history": list(self.history), "pulls"'))
RULES = sorted(name for name in dir(RouterConformance) if name.startswith("test_"))


@pytest.mark.parametrize("rule", RULES)
def test_a_router_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(RouterConformance, rule, HOOKS, PART)


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_a_router_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    changes = [change, WITH_HISTORY] if "growing" in rule else [change]
    with pytest.raises(AssertionError, match="rule: "):
        check(RouterConformance, rule, HOOKS, PART, *changes)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == sorted(set(RULES) - set(dir(ComponentConformance)))
