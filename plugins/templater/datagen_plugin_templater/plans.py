"""The label of each sample, decided first: which world, and for records which of the start's alternatives."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from datagen_core.errors import InputError
from datagen_plugin_templater.bindings import TooManyError, World, impossible, too_many, variables, worlds
from datagen_plugin_templater.grammar import Grammar, nearest
from datagen_plugin_templater.labels import (
    LabelSource,
    label_leaf,
    label_names,
    plain_label,
    with_label,
)
from datagen_plugin_templater.records import Bare, Object, Shapes
from datagen_plugin_templater.tables import Specialiser

MAX_PLANS = 50_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A world, and for records the choices from the start down to the object, whose label is put in.

    `probability` is how often an unconstrained sample follows this plan.
    """

    world: World
    probability: float
    label: str | None = None
    root: tuple[int, ...] = ()
    node: Object | None = None
    is_cut: bool = False


class Plans:
    """All plans of a grammar, drawn by probability, any or those of one label."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.plans = tuple(plans)
        by_label: dict[str | None, list[Plan]] = {None: list(plans)}
        for plan in plans:
            if plan.label is not None:
                by_label.setdefault(plan.label, []).append(plan)
        self._by_label = {label: (_cumulative(some), some) for label, some in by_label.items()}

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that can be drawn, in the grammar's order."""
        return tuple(label for label in self._by_label if label is not None)

    def draw(self, label: str | None, rng: random.Random) -> Plan:
        """A plan of this label, or of any for None; KeyError for a label the grammar can't make."""
        cumulative, plans = self._by_label[label]
        if len(plans) == 1:
            return plans[0]
        return plans[bisect_right(cumulative, rng.random())]


def make_plans(
    grammar: Grammar,
    shapes: Shapes | None,
    source: LabelSource | None,
    specialiser: Specialiser,
    max_depth: int,
) -> Plans:
    """The plans of a checked grammar.

    Raises:
        InputError: a start that some bound values leave without an expansion within `max_depth`, or labels and
            bound values that can't be listed or that a model would write.
    """
    names = variables(grammar, label_names(grammar, shapes, source))
    _check_written(grammar, names)
    try:
        found = worlds(grammar, names, specialiser, max_depth)
        _check_conditions(grammar, found)
        return Plans(list_plans(grammar, shapes, source, found, max_depth))
    except TooManyError:
        raise too_many(grammar, names) from None


def list_plans(
    grammar: Grammar,
    shapes: Shapes | None,
    source: LabelSource | None,
    found: Sequence[World],
    max_depth: int,
) -> list[Plan]:
    """The plans of given worlds; TooManyError for more than 50,000."""
    return list(_plans(grammar, shapes, source, found, max_depth))


def _check_written(grammar: Grammar, names: Sequence[str]) -> None:
    for name in sorted(grammar.closure(names)):
        for i, alternative in enumerate(grammar.rules[name]):
            if alternative.prompt is not None:
                raise InputError(
                    f"llm_fill: stands in {name}, which the label or a when: depends on",
                    where=grammar.place(name, i),
                    expected="a template: what depends on a value is drawn before a model is asked",
                )


def _check_conditions(grammar: Grammar, found: Sequence[World]) -> None:
    drawn = {name: {world.bound[name] for world in found} for name in found[0].bound}
    for name in grammar.rules:
        for i, alternative in enumerate(grammar.rules[name]):
            for key, allowed in alternative.when:
                unknown = sorted(allowed - drawn.get(key, allowed))
                if unknown:
                    raise InputError(
                        f"when: {key} is never {unknown[0]!r}",
                        where=grammar.place(name, i),
                        expected=f"one of {', '.join(sorted(drawn[key])[:10])}",
                        hint=nearest(unknown[0], drawn[key]),
                    )


def _plans(
    grammar: Grammar,
    shapes: Shapes | None,
    source: LabelSource | None,
    found: Sequence[World],
    max_depth: int,
) -> Iterator[Plan]:
    count = 0
    for world in found:
        rule = world.tables.get(grammar.start)
        if rule is None or rule.shallowest > max_depth:
            raise impossible(grammar, grammar.start, world.bound)
        chance = math.exp(world.log_probability)
        if shapes is None:
            yield Plan(world, chance, world.drawn[source.name] if source and source.name else None)
            continue
        for plan in _records(grammar, shapes, source, world, max_depth):
            count += 1
            if count > MAX_PLANS:
                raise TooManyError
            yield plan


def _records(
    grammar: Grammar, shapes: Shapes, source: LabelSource | None, world: World, max_depth: int
) -> Iterator[Plan]:
    waiting: list[tuple[str, tuple[int, ...], float, int, bool]] = [
        (grammar.start, (), math.exp(world.log_probability), max_depth, world.is_cut)
    ]
    while waiting:
        name, path, chance, budget, is_cut = waiting.pop(0)
        if len(waiting) > MAX_PLANS:
            raise TooManyError
        fitting = [choice for choice in world.tables[name].choices if choice.depth <= budget]
        total = math.fsum(choice.probability for choice in fitting)
        is_cut = is_cut or len(fitting) < len(world.tables[name].choices)
        for choice in fitting:
            root, node = (*path, choice.index), shapes[name][choice.index]
            share = chance * choice.probability / total
            if isinstance(node, Bare):
                waiting.append((node.reference.name, root, share, budget - 1, is_cut))
            elif isinstance(node, Object):
                labelled, label = _labelled(node, source, world)
                yield Plan(world, share, label, root, labelled, is_cut)


def _labelled(node: Object, source: LabelSource | None, world: World) -> tuple[Object, str | None]:
    if source is None:
        return node, None
    leaf = label_leaf(node, source.path)
    if isinstance(leaf, str):
        return with_label(node, source.path, world.drawn[leaf])
    return node, plain_label(leaf.value)


def _cumulative(plans: Sequence[Plan]) -> list[float]:
    total = math.fsum(plan.probability for plan in plans)
    sums = [*accumulate(plan.probability / total for plan in plans)]
    sums[-1] = 1.0
    return sums
