from __future__ import annotations

import pytest

from datagen_core.testing import ComponentConformance, EvaluatorConformance

HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_evaluators():
    return [Component(name="toy", summary="Counts rows", impl="$module.part:Toy")]
"""
PART = """
from datagen_core import Config, Evaluation, Evaluator, Table

class Toy(Evaluator[Config]):
    calls = 0

    def evaluate(self, samples, progress=lambda step: None):
        progress("counting rows")
        n = len(samples)
        table = Table(title="rows", columns=("arm", "rows"), rows=(("all", n),))
        return Evaluation(metrics={"rows": n + self.calls}, tables=(table,), notes=())
"""
COUNT = "n = len(samples)"

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_any_dataset_is_evaluated_even_none": [
        (COUNT, f"{COUNT}\n        1 / n"),
        (COUNT, f"{COUNT}\n        [sample.label.upper() for sample in samples]"),
        (COUNT, f"{COUNT}\n        if not n: return None"),
    ],
    "test_some_metric_is_measured": [('{"rows": n + self.calls}', "{}")],
    "test_metrics_are_finite_numbers": [
        ('"rows": n + self.calls', '"rows": float("nan")'),
        ('"rows": n + self.calls', '"rows": None'),
    ],
    "test_table_rows_are_as_wide_as_their_columns": [('columns=("arm", "rows")', 'columns=("arm",)')],
    "test_evaluations_survive_json": [
        ('("all", n)', '("all", {n})'),
        ('("all", n)', '("all", float("inf"))'),
    ],
    "test_the_same_dataset_gets_the_same_evaluation": [
        (COUNT, f"{COUNT}\n        self.calls += 1"),
        (COUNT, f"{COUNT}\n        Toy.calls += 1"),
    ],
    "test_progress_is_told": [
        ('progress("counting rows")', "pass"),
        ('progress("counting rows")', 'progress("")'),
    ],
    "test_rows_are_left_unchanged": [
        (COUNT, f"{COUNT}\n        samples.reverse()"),
        (COUNT, f"{COUNT}\n        if n: object.__setattr__(samples[0], 'response', '')"),
    ],
}
RULES = sorted(name for name in dir(EvaluatorConformance) if name.startswith("test_"))


@pytest.mark.parametrize("rule", RULES)
def test_an_evaluator_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(EvaluatorConformance, rule, HOOKS, PART)


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_an_evaluator_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(EvaluatorConformance, rule, HOOKS, PART, change)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == sorted(set(RULES) - set(dir(ComponentConformance)))
