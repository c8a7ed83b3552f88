from __future__ import annotations

import pytest

from datagen_core.sample import Sample
from datagen_core.testing import BatchValidatorConformance, ComponentConformance, ValidatorConformance
from datagen_core.testing.validators import VerdictRules

HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_validators():
    return [Component(name="toy", summary="Length", impl="$module.part:Toy", cost="free")]
"""
PART = """
import random
from datagen_core import BatchValidator, BatchVerdict, Config, Validator, Verdict

class Toy(Validator[Config]):
    calls = 0

    def validate(self, samples):
        return [self._verdict(sample) for i, sample in enumerate(samples)]

    def _verdict(self, sample):
        n = len(sample.response)
        if n < 15:
            return Verdict(passed=False, score=0.0, reason="too_short", measured=n, threshold=15)
        return Verdict(passed=True, score=1.0, measured=n + self.calls)
"""
EACH = "return [self._verdict(sample) for i, sample in enumerate(samples)]"
LENGTH = "n = len(sample.response)"
PASSED = "return Verdict(passed=True, score=1.0, measured=n + self.calls)"
LONG, SHORT = Sample(id="long", response="a row that is long"), Sample(id="short", response="short")

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_some_rows_pass_and_some_fail": [("if n < 15", "if n < 0"), ("if n < 15", "if True")],
    "test_a_failure_has_a_reason_and_a_pass_has_none": [
        ('reason="too_short", ', ""),
        ('reason="too_short"', 'reason="Too short"'),
        ("passed=True, score=1.0", "passed=True, reason='long_enough', score=1.0"),
    ],
    "test_scores_are_none_or_from_0_to_1": [
        ("score=1.0", "score=1.01"),
        ("score=0.0", "score=-0.5"),
        ("score=1.0", "score=float('nan')"),
        ("score=1.0", "score='good'"),
    ],
    "test_verdicts_are_plain_values": [
        ("passed=True", "passed=1"),
        ("measured=n + self.calls", "measured=float('inf')"),
        ("measured=n + self.calls", "measured=[n]"),
        ("measured=n + self.calls", "evidence={'n': n}"),
        ("measured=n + self.calls", "validator='toy'"),
    ],
    "test_very_long_text_is_judged": [
        (LENGTH, f"{LENGTH}\n        if n > 500_000: raise RecursionError('too long')")
    ],
    "test_awkward_rows_are_judged": [
        (LENGTH, f"{LENGTH}\n        sample.response[0]"),
        (LENGTH, f"{LENGTH}\n        sample.response.encode()"),
        (LENGTH, f"{LENGTH}\n        sample.label.upper()"),
        (PASSED, "pass"),
    ],
    "test_the_same_rows_get_the_same_verdicts": [
        (LENGTH, f"{LENGTH}\n        self.calls += 1"),
        (LENGTH, f"{LENGTH}\n        Toy.calls += 1"),
        (LENGTH, f"{LENGTH} + random.SystemRandom().randrange(10**6)"),
    ],
    "test_rows_are_left_unchanged": [
        (LENGTH, f"{LENGTH}\n        object.__setattr__(sample, 'response', sample.response.strip())")
    ],
    "test_the_order_of_rows_decides_nothing": [
        ("self._verdict(sample) for", "self._verdict(samples[i - 1]) for")
    ],
    "test_each_row_gets_one_verdict": [
        ("in enumerate(samples)]", "in enumerate(samples) if sample.response]"),
        ("in enumerate(samples)]", "in enumerate(samples)] or [Verdict(passed=True)]"),
    ],
    "test_a_batch_is_judged_as_its_rows_one_by_one": [(EACH, f"self.calls = len(samples); {EACH}")],
    "test_duplicates_get_the_same_verdict": [
        (
            EACH,
            "texts = [sample.response for sample in samples]\n"
            "        return [self._verdict(s) if s.response not in texts[:i] else "
            "Verdict(passed=False, reason='seen') for i, s in enumerate(samples)]",
        )
    ],
}


def own_rules(suite: type, base: type) -> list[str]:
    return sorted(name for name in set(dir(suite)) - set(dir(base)) if name.startswith("test_"))


@pytest.mark.parametrize("rule", own_rules(ValidatorConformance, object))
def test_a_validator_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(ValidatorConformance, rule, HOOKS, PART)


@pytest.mark.parametrize("rule", own_rules(ValidatorConformance, ComponentConformance))
def test_a_validator_may_be_asynchronous(check, rule: str) -> None:
    check(ValidatorConformance, rule, HOOKS, PART, ("    def validate(", "    async def validate("))


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_a_validator_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(ValidatorConformance, rule, HOOKS, PART, change)


def test_every_rule_is_broken_once() -> None:
    named = "test_named_rows_pass_and_fail"
    assert sorted([*BROKEN, named]) == own_rules(ValidatorConformance, ComponentConformance)


def test_rows_named_as_passing_and_failing_must_be_so(check) -> None:
    rule = "test_named_rows_pass_and_fail"
    check(ValidatorConformance, rule, HOOKS, PART, passing=lambda self: [LONG], failing=lambda self: [SHORT])


@pytest.mark.parametrize("knobs", [{"passing": lambda self: [SHORT]}, {"failing": lambda self: [LONG]}])
def test_rows_named_wrongly_are_caught(check, knobs) -> None:
    with pytest.raises(AssertionError, match=r"passing\(\) passes and failing\(\) fails"):
        check(ValidatorConformance, "test_named_rows_pass_and_fail", HOOKS, PART, **knobs)


@pytest.mark.parametrize(
    "rule",
    [
        "test_the_order_of_rows_decides_nothing",
        "test_a_batch_is_judged_as_its_rows_one_by_one",
        "test_duplicates_get_the_same_verdict",
    ],
)
def test_dependence_on_order_may_be_declared(check, rule: str) -> None:
    ranked = ("self._verdict(sample) for", "self._verdict(samples[i - 1]) for")
    check(ValidatorConformance, rule, HOOKS, PART, ranked, depends_on_order=True)


BATCH_PART = """
from datagen_core import BatchValidator, BatchVerdict, Config, Verdict

class Toy(BatchValidator[Config]):
    def validate_batch(self, samples):
        short = [sample.id for sample in samples if len(sample.response) < 15]
        rejected = {i: Verdict(passed=False, reason="too_short") for i in short}
        return BatchVerdict(quality=1 - len(short) / len(samples), rejected=rejected)
"""
QUALITY = "quality=1 - len(short) / len(samples)"
BROKEN_BATCH: dict[str, list[tuple[str, str]]] = {
    "test_quality_is_a_factor_from_0_to_1": [
        (QUALITY, "quality=2 - len(short) / len(samples)"),
        (QUALITY, "quality=float('nan')"),
        (QUALITY, "quality=None"),
    ],
    "test_only_rows_of_the_batch_are_rejected": [
        ("for i in short}", "for i in [*short, 'nobody']}"),
        ('passed=False, reason="too_short"', "passed=True"),
    ],
    "test_the_order_of_rows_decides_no_quality": [(QUALITY, "quality=float(samples[0].id == 'r0')")],
}


@pytest.mark.parametrize("rule", own_rules(BatchValidatorConformance, object))
def test_a_batch_validator_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(BatchValidatorConformance, rule, HOOKS, BATCH_PART)


@pytest.mark.parametrize(("rule", "change"), [(r, c) for r, changes in BROKEN_BATCH.items() for c in changes])
def test_a_batch_validator_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(BatchValidatorConformance, rule, HOOKS, BATCH_PART, change)


def test_every_rule_of_batches_is_broken_once() -> None:
    assert sorted(BROKEN_BATCH) == own_rules(BatchValidatorConformance, VerdictRules)


def test_a_validator_of_another_interface_is_told_so(check) -> None:
    with pytest.raises(AssertionError, match="another kind of it has another suite"):
        check(ValidatorConformance, "test_its_references_load_what_they_should", HOOKS, BATCH_PART)
