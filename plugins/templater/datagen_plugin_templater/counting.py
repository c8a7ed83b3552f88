"""How many distinct samples a grammar can make, in all and of each label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datagen_plugin_templater.analysis import cycles
from datagen_plugin_templater.automaton import MAX_STEPS, Automaton
from datagen_plugin_templater.bindings import TooManyError, in_order, variables, worlds
from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.labels import LabelSource, label_names
from datagen_plugin_templater.plans import Plan, Plans, list_plans
from datagen_plugin_templater.records import Shapes, node_references
from datagen_plugin_templater.tables import Specialiser, Tables
from datagen_plugin_templater.template import Part, Reference, references
from datagen_plugin_templater.unrolled import TooLargeError

CAP = 10**100
"""Bounds beyond this aren't told apart."""
MAX_LABELS = 100


@dataclass(frozen=True, slots=True)
class Count:
    """A number of distinct samples.

    `kind` is `exact`; `infinite` for a recursion that adds text; `bound` when `value` is the number of
    derivations, which is at least that of strings; `unknown` when a model writes parts or the bound passes
    10^100.
    """

    kind: str
    value: int | None = None

    def __str__(self) -> str:
        if self.value is not None:
            return f"{self.value:,}" if self.kind == "exact" else f"at most {self.value:,}"
        return "∞" if self.kind == "infinite" else "not countable"


@dataclass(frozen=True, slots=True)
class Counts:
    """The distinct samples in all and of each label (labels only where there are at most 100)."""

    total: Count
    by_label: Mapping[str, Count] = field(default_factory=dict)


def count_distinct(
    grammar: Grammar,
    shapes: Shapes | None,
    source: LabelSource | None,
    plans: Plans,
    specialiser: Specialiser,
    max_depth: int,
    max_steps: int = MAX_STEPS,
) -> Counts:
    """The distinct texts, or records as JSON, that samples within the depth limit can have.

    Recursion counts as infinite, although the depth limit ends it; one that adds no visible text doesn't.
    """
    if grammar.needs_model:
        return Counts(Count("unknown"))
    counter = _Counter(grammar, shapes, source, plans, specialiser, max_depth, max_steps)
    labels = plans.labels if len(plans.labels) <= MAX_LABELS else ()
    ascending = sorted(labels, key=counter.bound)  # the smallest first: there the exact number matters most
    found = {label: counter.count(label) for label in ascending}
    total = counter.count(None)
    if total.kind == "bound" and labels:
        total = Count("bound", sum(count.value or 0 for count in found.values()))
    return Counts(total, {label: found[label] for label in labels})


class _Counter:
    def __init__(
        self,
        grammar: Grammar,
        shapes: Shapes | None,
        source: LabelSource | None,
        plans: Plans,
        specialiser: Specialiser,
        max_depth: int,
        max_steps: int,
    ) -> None:
        self._grammar = grammar
        self._max_depth = max_depth
        self._plans = plans.plans
        self._automaton = Automaton(grammar, shapes or {}, max_depth, max_steps)
        self._exact = self._all_bound(shapes, source, specialiser)
        self._infinite: dict[tuple[int, tuple[int, ...]], bool] = {}
        self._sizes: dict[tuple[int, str, int], int] = {}

    def _all_bound(
        self, shapes: Shapes | None, source: LabelSource | None, specialiser: Specialiser
    ) -> Sequence[Plan] | None:
        """The plans with every bound name fixed; None when they are too many."""
        grammar = self._grammar
        names = {*variables(grammar, label_names(grammar, shapes, source))}
        more = {name for name in grammar.bind if name in grammar.reachable}
        if more <= names:
            return self._plans
        try:
            found = worlds(grammar, in_order(grammar, names | more), specialiser, self._max_depth)
            return list_plans(grammar, shapes, source, found, self._max_depth)
        except TooManyError:
            return None

    def bound(self, label: str | None) -> int:
        """The number of derivations, at most 10^100."""
        return min(CAP, sum(self._derivations(plan) for plan in self._of(self._plans, label)))

    def count(self, label: str | None) -> Count:
        if any(self._is_infinite(plan) for plan in self._of(self._plans, label)):
            return Count("infinite")
        if self._exact is not None:
            try:
                return Count("exact", self._automaton.count(self._of(self._exact, label)))
            except TooLargeError:
                self._exact = None
        bound = self.bound(label)
        return Count("bound", bound) if bound < CAP else Count("unknown")

    def _of(self, plans: Sequence[Plan], label: str | None) -> list[Plan]:
        return [plan for plan in plans if label is None or plan.label == label]

    def _is_infinite(self, plan: Plan) -> bool:
        key = (id(plan.world.tables), plan.root)
        if key not in self._infinite:
            self._infinite[key] = _grows(plan.world.tables, self._roots(plan), set(plan.world.bound))
        return self._infinite[key]

    def _roots(self, plan: Plan) -> list[str]:
        return [self._grammar.start] if plan.node is None else [r.name for r in node_references(plan.node)]

    def _derivations(self, plan: Plan) -> int:
        world, budget = plan.world, self._max_depth - len(plan.root)
        if plan.node is None:
            return self._size(world.tables, world.bound, self._grammar.start, self._max_depth)
        return self._product(world.tables, world.bound, node_references(plan.node), budget)

    def _size(self, tables: Tables, bound: Mapping[str, str], name: str, budget: int) -> int:
        if name in bound:
            return 1
        key = (id(tables), name, budget)
        if key not in self._sizes:
            fitting = [choice for choice in tables[name].choices if choice.depth <= budget]
            sizes = (self._product(tables, bound, choice.parts, budget - 1) for choice in fitting)
            self._sizes[key] = min(CAP, sum(sizes))
        return self._sizes[key]

    def _product(self, tables: Tables, bound: Mapping[str, str], parts: Sequence[Part], budget: int) -> int:
        total = 1
        for reference in references(parts):
            rule = tables.get(reference.name)
            if rule is None or rule.shallowest > budget:
                continue
            once = self._size(tables, bound, reference.name, budget)
            total = min(CAP, total * _repetitions(once, reference))
        return total


def _grows(tables: Tables, roots: Sequence[str], bound: set[str]) -> bool:
    """Whether some recursion under the roots adds text each time it goes round."""
    graph = {name: _targets(tables, name, bound) for name in _reached(tables, roots, bound)}
    for component in cycles(graph):
        for name in component:
            for choice in tables[name].choices:
                inside = [i for i, part in enumerate(choice.parts) if _refers(part, component)]
                for i in inside:
                    part = choice.parts[i]
                    rest = [*choice.parts[:i], *choice.parts[i + 1 :]]
                    repeats = not isinstance(part, str) and part.high > 1
                    if any(_shows(tables, other, bound) for other in (*rest, *([part] if repeats else []))):
                        return True
    return False


def _repetitions(once: int, reference: Reference) -> int:
    total, power = 0, 1
    for count in range(reference.high + 1):
        total += power if count >= reference.low else 0
        power = min(CAP, power * once)
    return min(CAP, total)


def _refers(part: Part, names: frozenset[str]) -> bool:
    return not isinstance(part, str) and part.name in names


def _targets(tables: Tables, name: str, bound: set[str]) -> set[str]:
    names = {r.name for choice in tables[name].choices for r in references(choice.parts)}
    return {target for target in names if target in tables and target not in bound}


def _reached(tables: Tables, roots: Sequence[str], bound: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = [root for root in roots if root in tables and root not in bound]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _targets(tables, name, bound)
    return found


def _shows(tables: Tables, part: Part, bound: set[str]) -> bool:
    """Whether a part can add a character that isn't whitespace."""
    if isinstance(part, str):
        return bool(part.strip())
    names = _reached(tables, [part.name], set())
    return any(
        isinstance(piece, str) and piece.strip()
        for name in names
        for choice in tables[name].choices
        for piece in choice.parts
    )
