"""A grammar under given bound values: only the alternatives that apply, with their probabilities ready to draw."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from datagen_core.errors import InputError
from datagen_plugin_templater.analysis import cheapest, depth_cost, literal_length
from datagen_plugin_templater.grammar import Alternative, Condition, Grammar
from datagen_plugin_templater.template import Part


@dataclass(frozen=True, slots=True)
class Choice:
    """An alternative as it is drawn. `index` is its place in the rule, `depth` the least levels it needs."""

    index: int
    parts: tuple[Part, ...]
    probability: float
    log_probability: float
    depth: int
    literal_chars: int
    has_references: bool
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """The choices of a non-terminal; `cumulative[i]` is the probability of the first i + 1 together."""

    choices: tuple[Choice, ...]
    cumulative: tuple[float, ...]
    shallowest: int
    deepest: int

    def at(self, index: int) -> Choice:
        """The choice that stands at this place in the rule."""
        if index < len(self.choices) and self.choices[index].index == index:
            return self.choices[index]
        return next(choice for choice in self.choices if choice.index == index)


Tables: TypeAlias = dict[str, Rule]
"""Non-terminal → its rule. One that can't be expanded under the bound values is absent."""


class Specialiser:
    """Makes tables for bound values; equal conditions share tables, and what no condition touches is shared by all.

    Raises:
        InputError: a weight too small beside its neighbours to be drawn at all.
    """

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        every = {a.when: None for alternatives in grammar.rules.values() for a in alternatives if a.when}
        self._conditions: tuple[Condition, ...] = tuple(every)
        conditional = _users_of_conditions(grammar)
        self._shared = compile_rules(
            grammar, {n: a for n, a in grammar.rules.items() if n not in conditional}
        )
        self._conditional = {n: a for n, a in grammar.rules.items() if n in conditional}
        self._made: dict[tuple[bool, ...], Tables] = {}

    def tables(self, values: Mapping[str, str]) -> Tables:
        """The tables under these values; a condition on a value that isn't given doesn't hold."""
        state = tuple(_holds(condition, values) for condition in self._conditions)
        if state not in self._made:
            held = {c for c, holds in zip(self._conditions, state, strict=True) if holds}
            applies: Callable[[Alternative], bool] = lambda a: not a.when or a.when in held  # noqa: E731
            self._made[state] = self._shared | compile_rules(
                self._grammar, self._conditional, self._shared, applies
            )
        return self._made[state]


def compile_rules(
    grammar: Grammar,
    rules: Mapping[str, Sequence[Alternative]],
    given: Tables | None = None,
    applies: Callable[[Alternative], bool] = lambda _: True,
) -> Tables:
    """Tables for some rules that build on given ones; what can't end is left out and the rest renormalised."""
    kept = {name: [a for a in alternatives if applies(a)] for name, alternatives in rules.items()}
    shallowest = {name: rule.shallowest for name, rule in (given or {}).items()}
    depths = cheapest(kept, depth_cost, shallowest)
    out: Tables = {}
    for name, alternatives in rules.items():
        drawn = [
            (i, a, depth_cost(a, depths))
            for i, a in enumerate(alternatives)
            if applies(a) and all(r.name in depths for r in a.references if r.low)
        ]
        if drawn:
            out[name] = _rule(drawn, grammar.place(name))
    return out


def _rule(drawn: Sequence[tuple[int, Alternative, int]], where: str) -> Rule:
    largest = max(a.weight for _, a, _ in drawn)
    total = math.fsum(a.weight / largest for _, a, _ in drawn)
    choices = tuple(_choice(i, a, depth, a.weight / largest / total, where) for i, a, depth in drawn)
    cumulative = [*accumulate(choice.probability for choice in choices)]
    cumulative[-1] = 1.0
    depths = [depth for _, _, depth in drawn]
    return Rule(choices, tuple(cumulative), min(depths), max(depths))


def _choice(index: int, alternative: Alternative, depth: int, probability: float, where: str) -> Choice:
    if probability == 0:
        raise InputError(
            f"the weight {alternative.weight} is too small beside the others to be drawn",
            where=f"{where}[{index}]",
            expected="weights within a factor of 1e300",
        )
    return Choice(
        index=index,
        parts=alternative.parts,
        probability=probability,
        log_probability=math.log(probability),
        depth=depth,
        literal_chars=sum(literal_length(part) for part in alternative.parts if isinstance(part, str)),
        has_references=bool(alternative.references),
        prompt=alternative.prompt,
    )


def _holds(condition: Condition, values: Mapping[str, str]) -> bool:
    return all(values.get(name) in allowed for name, allowed in condition)


def _users_of_conditions(grammar: Grammar) -> set[str]:
    users: dict[str, list[str]] = defaultdict(list)
    waiting: list[str] = []
    for name, alternatives in grammar.rules.items():
        for alternative in alternatives:
            for reference in alternative.references:
                users[reference.name].append(name)
        if any(alternative.when for alternative in alternatives):
            waiting.append(name)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += users[name]
    return found
