from __future__ import annotations

import pytest
from hypothesis import Phase, settings

from datagen_core.testing import ComponentConformance, RewardConformance

HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_rewards():
    return [Component(name="toy", summary="Novel yield", impl="$module.part:Toy")]
"""
PART = """
import random
from datagen_core import Config, Reward, RewardValue

class Toy(Reward[Config]):
    version = "1"
    calls = 0

    def score(self, outcome):
        quality = outcome.novel_quality or 0.0
        passed = len(outcome.passed)
        value = outcome.novel_share * quality
        return RewardValue(value=value, components={"quality": quality}, variance=0.0)
"""
VALUE = "value = outcome.novel_share * quality"

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_a_reward_is_a_number_from_0_to_1": [
        (VALUE, f"{VALUE} * 1.5"),
        (VALUE, f"{VALUE} - 0.01"),
        (VALUE, "value = float('nan')"),
    ],
    "test_components_and_variance_are_finite": [
        ('{"quality": quality}', '{"quality": float("inf")}'),
        ('{"quality": quality}', '{"quality": None}'),
        ("variance=0.0", "variance=-1.0"),
        ("variance=0.0", "variance=float('nan')"),
    ],
    "test_nothing_passed_earns_nothing": [(VALUE, f"{VALUE} if passed else 0.1")],
    "test_a_good_batch_earns_something": [(VALUE, "value = 0.0")],
    "test_more_novel_rows_never_earn_less": [
        (VALUE, "value = (1 - outcome.novel_share) * quality"),
        (VALUE, "value = outcome.novel_share if outcome.novel < 3 else 0.0"),
    ],
    "test_better_scores_never_earn_less": [
        (VALUE, "value = outcome.novel_share * (1 - quality)"),
        (VALUE, "value = outcome.novel_share * (1 - (outcome.quality or 0.0))"),
    ],
    "test_duplicates_earn_nothing": [
        (VALUE, "value = min(1.0, passed / max(1, outcome.requested)) * quality"),
        (VALUE, "value = passed / max(1, outcome.generated) * quality"),
        (VALUE, "value = outcome.novel_share * (outcome.quality or 0.0)"),
    ],
    "test_returning_fewer_rows_earns_no_more": [
        (VALUE, "value = passed / max(1, outcome.generated) * quality"),
        (VALUE, "value = outcome.novel / max(1, passed) * quality"),
        (VALUE, f"{VALUE} / (1 + sum(outcome.rejected.values()))"),
    ],
    "test_spending_more_earns_no_more": [(VALUE, f"{VALUE} * min(1.0, outcome.cost / 200)")],
    "test_the_same_outcome_earns_the_same": [
        (VALUE, f"self.calls += 1; {VALUE} / self.calls"),
        (VALUE, "value = random.SystemRandom().random() * outcome.novel_share"),
    ],
    "test_its_version_is_named": [('version = "1"', 'version = ""'), ('version = "1"', "version = 1")],
}
RULES = sorted(name for name in dir(RewardConformance) if name.startswith("test_"))
READS_ROWS = 'value = 1.0 if any(row.label == "music" for row in outcome.passed) and outcome.novel else 0.0'


@pytest.fixture(autouse=True, scope="module")
def _first_failure_is_enough():
    usual = settings.get_current_profile_name()
    settings.register_profile("first failure", phases=[Phase.explicit, Phase.generate])
    settings.load_profile("first failure")
    yield
    settings.load_profile(usual)


@pytest.mark.parametrize("rule", RULES)
def test_a_reward_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(RewardConformance, rule, HOOKS, PART)


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_a_reward_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(RewardConformance, rule, HOOKS, PART, change)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == sorted(set(RULES) - set(dir(ComponentConformance)))


def test_a_reward_that_reads_rows_may_pay_for_leaving_a_bad_one_out(check) -> None:
    rule = "test_returning_fewer_rows_earns_no_more"
    picky = (VALUE, f"{VALUE} if all(row.label == 'music' for row in outcome.passed) else 0.0")
    check(RewardConformance, rule, HOOKS, PART, picky, reads_rows=True)


def test_k_of_n_rows_earn_at_most_k_of_n_even_where_rows_are_read(check) -> None:
    rule = "test_returning_fewer_rows_earns_no_more"
    with pytest.raises(AssertionError, match="at most k/n"):
        check(RewardConformance, rule, HOOKS, PART, (VALUE, READS_ROWS), reads_rows=True)
