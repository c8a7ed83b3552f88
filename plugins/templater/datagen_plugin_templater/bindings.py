"""What is drawn once per sample: bound non-terminals and the label, as an exact joint distribution.

A world is one outcome of all that conditions and labels depend on. Listing the worlds makes "a row of this
label" an exact conditional draw, not a search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from math import log
from typing import TypeAlias

from datagen_core.errors import InputError
from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.language import tidy
from datagen_plugin_templater.tables import Specialiser, Tables
from datagen_plugin_templater.template import Reference

MAX_WORLDS = 20_000
MAX_VALUE_CHARS = 1_000
Entry: TypeAlias = tuple[str, int]


class TooManyError(Exception):
    """More outcomes than can be listed."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """One derivation of a non-terminal: its text, its choices in preorder, the sum of their log-probabilities."""

    text: str = ""
    entries: tuple[Entry, ...] = ()
    log_probability: float = 0.0

    def then(self, other: Derivation) -> Derivation:
        """Both, one after the other."""
        return Derivation(
            self.text + other.text,
            self.entries + other.entries,
            self.log_probability + other.log_probability,
        )


@dataclass(frozen=True, slots=True)
class World:
    """One outcome of the variables.

    Attributes:
        drawn: Each variable's text.
        bound: Those of them that are bound: each reference to one gives this text.
        tables: The grammar under them.
        is_cut: Whether the depth limit took alternatives of the variables away.
    """

    drawn: dict[str, str]
    bound: dict[str, str]
    tables: Tables
    entries: tuple[Entry, ...] = ()
    log_probability: float = 0.0
    is_cut: bool = False


def variables(grammar: Grammar, label_names: Iterable[str]) -> list[str]:
    """The label's non-terminals and all that conditions or they depend on, in an order in which to draw them."""
    reachable = grammar.closure([grammar.start, *label_names])
    keys = {key for name in reachable for a in grammar.rules[name] for key, _ in a.when}
    roots = keys | set(label_names)
    inside = {name for name in grammar.closure(roots) if name in grammar.bind}
    return in_order(grammar, roots | inside)


def in_order(grammar: Grammar, names: Iterable[str]) -> list[str]:
    """Names such that each stands after the bound ones that it depends on."""
    wanted = sorted(names)
    before = {name: (grammar.closure([name]) & set(wanted) & set(grammar.bind)) - {name} for name in wanted}
    return [*TopologicalSorter({name: sorted(b) for name, b in before.items()}).static_order()]


def worlds(grammar: Grammar, names: Sequence[str], specialiser: Specialiser, max_depth: int) -> list[World]:
    """Every outcome of the named variables, probabilities adding to 1.

    Raises:
        TooManyError: more than 20,000 of them, or a value longer than 1,000 characters.
        InputError: a variable that has no alternative under some outcome of those before it.
    """
    found = [World({}, {}, specialiser.tables({}))]
    for name in names:
        following: list[World] = []
        for world in found:
            if name not in world.tables or world.tables[name].shallowest > max_depth:
                raise impossible(grammar, name, world.bound)
            outcomes, is_cut = _Enumeration(world.tables, world.bound).derivations(name, max_depth)
            if len(following) + len(outcomes) > MAX_WORLDS:
                raise TooManyError
            for outcome in outcomes:
                text = tidy(outcome.text)
                bound = world.bound | ({name: text} if name in grammar.bind else {})
                following.append(
                    World(
                        world.drawn | {name: text},
                        bound,
                        specialiser.tables(bound),
                        world.entries + outcome.entries,
                        world.log_probability + outcome.log_probability,
                        world.is_cut or is_cut,
                    )
                )
        found = following
    return found


def too_many(grammar: Grammar, names: Sequence[str]) -> InputError:
    """The error for variables that can't be listed."""
    return InputError(
        f"{', '.join(names)} can take more than {MAX_WORLDS:,} values together, or very long ones",
        where=grammar.where,
        expected="labels and values named in when: that can be listed",
        hint="take the long word list out of the label and of what when: names",
    )


def impossible(grammar: Grammar, name: str, bound: Mapping[str, str]) -> InputError:
    """The error for a non-terminal that has no way to be expanded under some bound values."""
    given = ", ".join(f"{key} = {value!r}" for key, value in bound.items())
    return InputError(
        f"<{name}> can't be expanded within max_depth" + (f" when {given}" if given else ""),
        where=grammar.place(name),
        expected="an alternative that applies then and is shallow enough",
        hint="raise max_depth"
        + (", or add an alternative without when: or with that value" if given else ""),
    )


class _Enumeration:
    def __init__(self, tables: Tables, bound: Mapping[str, str]) -> None:
        self._tables = tables
        self._bound = bound
        self._is_cut = False

    def derivations(self, name: str, budget: int) -> tuple[list[Derivation], bool]:
        return self._name(name, budget), self._is_cut

    def _name(self, name: str, budget: int) -> list[Derivation]:
        if name in self._bound:
            return [Derivation(self._bound[name])]
        found: list[Derivation] = []
        for choice in self._tables[name].choices:
            if choice.depth > budget:
                self._is_cut = True
                continue
            so_far = [Derivation("", ((name, choice.index),), choice.log_probability)]
            for part in choice.parts:
                options = [Derivation(part)] if isinstance(part, str) else self._reference(part, budget - 1)
                so_far = _product(so_far, options)
            found += so_far
            if len(found) > MAX_WORLDS:
                raise TooManyError
        return found

    def _reference(self, reference: Reference, budget: int) -> list[Derivation]:
        rule = self._tables.get(reference.name)
        if rule is None:
            return [Derivation()]
        if reference.is_plain:
            return self._name(reference.name, budget)
        chance = -log(reference.high - reference.low + 1)
        if rule.shallowest > budget:
            self._is_cut = True
            return [Derivation("", ((str(reference), 0),), chance)]
        once = self._name(reference.name, budget)
        repeated, found = [Derivation()], list[Derivation]()
        for count in range(reference.high + 1):
            if count:
                separated = once if count == 1 else _product([Derivation(" ")], once)
                repeated = _product(repeated, separated)
            if count >= reference.low:
                found += _product([Derivation("", ((str(reference), count),), chance)], repeated)
            if len(found) > MAX_WORLDS:
                raise TooManyError
        return found


def _product(left: Sequence[Derivation], right: Sequence[Derivation]) -> list[Derivation]:
    if len(left) * len(right) > MAX_WORLDS:
        raise TooManyError
    made: list[Derivation] = []
    for first in left:
        for second in right:
            if len(first.text) + len(second.text) > MAX_VALUE_CHARS:
                raise TooManyError
            made.append(first.then(second))
    return made
