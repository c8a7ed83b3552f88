from __future__ import annotations

import pytest

from datagen_core.testing import ComponentConformance, SelectorConformance

HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_selectors():
    return [Component(name="toy", summary="The first n", impl="$module.part:Toy")]
"""
PART = """
import random
from datagen_core import Config, Selection, Selector, Verdict

class Toy(Selector[Config]):
    calls = 0

    async def select(self, rows, n, models):
        kept = [row.id for row in rows][:n]
        why = Verdict(passed=False, reason="not_needed")
        left = {row.id: why for row in rows if row.id not in kept}
        scores = {row.id: float(at) for at, row in enumerate(rows)}
        return Selection(kept=tuple(kept), left=left, scores=scores)
"""
KEPT = "kept = [row.id for row in rows][:n]"
LEFT = "left = {row.id: why for row in rows if row.id not in kept}"

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_each_row_is_kept_or_left_and_no_other": [
        (LEFT, "left = {}\n        kept = kept[1:]"),
        (LEFT, "left = {row.id: why for row in rows}"),
        (LEFT, "left = {'stranger': why}"),
    ],
    "test_at_most_n_are_kept": [("[:n]", "[:n and n + 1]"), ("[:n]", "")],
    "test_some_rows_are_kept": [("[:n]", "[:1 if n else n]")],
    "test_what_is_left_says_why": [
        ('reason="not_needed"', "reason=None"),
        ('reason="not_needed"', 'reason="Not needed"'),
        ("passed=False", "passed=True"),
    ],
    "test_the_same_rows_give_the_same_choice": [
        (KEPT, "kept = random.SystemRandom().sample([row.id for row in rows], len(rows))[:n]"),
        (KEPT, f"self.calls += 1\n        {KEPT}\n        kept = kept[:: -1 if self.calls > 1 else 1]"),
        (KEPT, f"Toy.calls += 1\n        {KEPT}\n        kept = kept[:: -1 if Toy.calls > 1 else 1]"),
    ],
    "test_rows_are_left_unchanged": [
        (KEPT, f"{KEPT}\n        rows.reverse()"),
        (KEPT, f"{KEPT}\n        object.__setattr__(rows[0], 'response', '')"),
    ],
    "test_awkward_rows_are_chosen_from": [
        (KEPT, f"{KEPT}\n        [row.label.upper() for row in rows]"),
        (LEFT, f"{LEFT}\n        kept = [k for k in kept if not k.startswith('awkward')]"),
    ],
    "test_scores_and_notes_are_plain": [
        ("float(at)", "float('nan')"),
        ("float(at)", "{at}"),
        ("scores = {", "scores = {'stranger': 1.0, **{"),
    ],
}
RULES = sorted(name for name in dir(SelectorConformance) if name.startswith("test_"))


@pytest.mark.parametrize("rule", RULES)
def test_a_selector_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(SelectorConformance, rule, HOOKS, PART)


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_a_selector_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    changes = [change]
    if change[1].startswith("scores = {'stranger'"):
        changes.append(("enumerate(rows)}", "enumerate(rows)}}"))
    with pytest.raises(AssertionError, match="rule: "):
        check(SelectorConformance, rule, HOOKS, PART, *changes)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == sorted(set(RULES) - set(dir(ComponentConformance)))
