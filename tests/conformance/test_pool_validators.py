from __future__ import annotations

import pytest

from datagen_core.testing import PoolValidatorConformance

HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_validators():
    return [Component(name="toy", summary="Exact duplicates", impl="$module.part:Toy")]
"""
PART = """
from datagen_core import Config, PoolValidator, Verdict

class Toy(PoolValidator[Config]):
    def __init__(self, config, inputs):
        super().__init__(config, inputs)
        self.rows = []
        self.calls = 0

    def sign(self, samples):
        return [sample.response.casefold() for sample in samples]

    def judge(self, signature, *, before=None):
        for text, sequence in self.rows:
            if text == signature and (before is None or sequence < before):
                return Verdict(passed=False, score=0.0, reason="duplicate", evidence=f"row {sequence}")
        return Verdict(passed=True, score=1.0, measured=self.calls)

    def add(self, signature, sequence):
        self.rows.append((signature, sequence))
"""
SIGN = "return [sample.response.casefold() for sample in samples]"
NOVEL = "return Verdict(passed=True, score=1.0, measured=self.calls)"
ADD = "self.rows.append((signature, sequence))"

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_some_rows_pass_and_some_fail": [
        ("if text == signature", "if False"),
        (NOVEL, NOVEL.replace("True", "False")),
    ],
    "test_each_row_gets_one_signature": [(SIGN, SIGN.replace("samples]", "samples if sample.response]"))],
    "test_a_batch_is_signed_as_its_rows_one_by_one": [
        (SIGN, SIGN.replace("casefold()", "casefold() + str(len(samples))"))
    ],
    "test_signing_reads_no_index": [(SIGN, SIGN.replace("casefold()", "casefold() + str(len(self.rows))"))],
    "test_signatures_pickle": [
        (SIGN, "return [lambda: sample for sample in samples]"),
    ],
    "test_judging_changes_nothing": [
        (NOVEL, f"self.rows.append((signature, -1)); {NOVEL}"),
        (NOVEL, f"self.calls += 1; {NOVEL}"),
    ],
    "test_what_was_added_counts": [(ADD, "pass")],
    "test_before_hides_later_rows": [
        (" and (before is None or sequence < before)", ""),
        ("sequence < before", "sequence <= before"),
        ("sequence < before", "sequence < before - 1"),
    ],
    "test_an_index_rebuilt_from_the_rows_says_the_same": [(SIGN, f"self.calls += 1; {SIGN}")],
}
RULES = sorted(name for name in dir(PoolValidatorConformance) if name.startswith("test_"))
OWN_RULES = sorted(rule for rule in RULES if rule in vars(PoolValidatorConformance))


@pytest.mark.parametrize("rule", RULES)
def test_a_pool_validator_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(PoolValidatorConformance, rule, HOOKS, PART)


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_a_pool_validator_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(PoolValidatorConformance, rule, HOOKS, PART, change)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == OWN_RULES


def test_a_pool_validator_that_accepts_nothing_tests_nothing(check) -> None:
    refuse = (NOVEL, "return Verdict(passed=False, reason='full')")
    with pytest.raises(AssertionError, match="at least two of the suite's good rows are accepted"):
        check(PoolValidatorConformance, "test_before_hides_later_rows", HOOKS, PART, refuse)
