"""A grammar unrolled to its depth limit, as positions that are made when they are looked at.

A position is a cell of a linked list: what comes next, and the cell after it. Equal cells are one, so that
alternatives that go on alike meet again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.plans import Plan
from datagen_plugin_templater.records import Absent, Array, Bare, Const, Node, Object, Scalar, Shapes, Text
from datagen_plugin_templater.tables import Tables
from datagen_plugin_templater.template import Part, Reference

END = 0
"""The cell after the last."""
Piece: TypeAlias = tuple[Any, ...]
"""`("text", string, offset)`, whitespace to be collapsed; `("exact", string, offset)`; `("symbol", anything)`; or
an expansion: `("name" | "repeat" | "value" | "values", …)`."""
_OPEN, _NUMBER, _CLOSE = "open", "number", "close"


class TooLargeError(Exception):
    """The work outgrew its limit."""


class Unrolled:
    """The cells of a grammar.

    Args:
        grammar: A checked grammar.
        shapes: The nodes of a grammar of records; empty for texts.
        max_depth: The depth limit of derivations.
        max_steps: The work after which `spend` gives up.
    """

    def __init__(self, grammar: Grammar, shapes: Shapes, max_depth: int, max_steps: int) -> None:
        self._start = grammar.start
        self._referenced = {r.name for some in grammar.rules.values() for a in some for r in a.references}
        self._shapes = shapes
        self._max_depth = max_depth
        self._left = max_steps
        self._cells: list[tuple[Piece, int]] = [((), END)]
        self._ids: dict[tuple[Piece, int], int] = {}
        self._contexts: list[tuple[Tables, dict[str, str]]] = []
        self._context_ids: dict[tuple[Any, ...], int] = {}

    def spend(self) -> None:
        """Counts a step; TooLargeError after the last."""
        self._left -= 1
        if self._left < 0:
            raise TooLargeError

    def cell(self, number: int) -> tuple[Piece, int]:
        """What a cell holds, and the cell after it."""
        return self._cells[number]

    def enter(self, plan: Plan) -> int:
        """The first cell of a plan's samples."""
        tables = plan.world.tables
        bound = {name: text for name, text in plan.world.bound.items() if name in self._referenced}
        key = (id(tables), *sorted(bound.items()))
        context = self._context_ids.setdefault(key, len(self._contexts))
        if context == len(self._contexts):
            self._contexts.append((tables, bound))
        if plan.node is None:
            return self._cell(("name", context, self._start, self._max_depth), END)
        return self._node(plan.node, context, self._max_depth - len(plan.root), END)

    def after(self, piece: Piece, following: int) -> int:
        """The cell after the next character of a literal."""
        kind, text, offset = piece
        return self._cell((kind, text, offset + 1), following) if offset + 1 < len(text) else following

    def opened(self, piece: Piece, following: int) -> Sequence[int]:
        """The cells that an expansion can begin with."""
        kind, *rest = piece
        if kind == "name":
            return self._expansions(following, *rest)
        if kind == "repeat":
            return self._repeats(following, *rest)
        if kind == "value":
            return self._value(following, *rest)
        return self._values(following, *rest)

    def _cell(self, piece: Piece, following: int) -> int:
        key = (piece, following)
        found = self._ids.get(key)
        if found is None:
            self.spend()
            found = self._ids[key] = len(self._cells)
            self._cells.append(key)
        return found

    def _text(self, text: str, following: int, kind: str = "text") -> int:
        return self._cell((kind, text, 0), following) if text else following

    def _parts(self, parts: Sequence[Part], context: int, budget: int, following: int) -> int:
        for part in reversed(parts):
            if isinstance(part, str):
                following = self._text(part, following)
            elif part.is_plain:
                following = self._cell(("name", context, part.name, budget), following)
            else:
                following = self._cell(("repeat", context, part, budget), following)
        return following

    def _expansions(self, following: int, context: int, name: str, budget: int) -> list[int]:
        tables, bound = self._contexts[context]
        if name in bound:
            return [self._text(bound[name], following)]
        fitting = [choice for choice in tables[name].choices if choice.depth <= budget]
        return [self._parts(choice.parts, context, budget - 1, following) for choice in fitting]

    def _counts_of(self, reference: Reference, context: int, budget: int) -> range:
        rule = self._contexts[context][0].get(reference.name)
        fits = rule is not None and rule.shallowest <= budget
        return range(reference.low, reference.high + 1) if fits else range(1)

    def _repeats(self, following: int, context: int, reference: Reference, budget: int) -> list[int]:
        counts = self._counts_of(reference, context, budget)
        cells = [following] if 0 in counts else []
        for count in range(1, counts.stop):
            once = following if count == 1 else self._text(" ", following)
            following = self._cell(("name", context, reference.name, budget), once)
            if count in counts:
                cells.append(following)
        return cells

    def _node(self, node: Node, context: int, budget: int, following: int, key: str | None = None) -> int:
        """The cell of a JSON value, with its key and a comma: an encoding that differs whenever values do."""
        if isinstance(node, Absent):
            return following
        if isinstance(node, Bare):
            if node.reference.is_plain:
                return self._cell(("value", context, node.reference.name, budget, key), following)
            return self._cell(("values", context, node.reference, budget, key), following)
        encoded = self._encoded(node, context, budget, self._symbol(",", following))
        return encoded if key is None else self._symbol(("key", key), encoded)

    def _encoded(self, node: Node, context: int, budget: int, following: int) -> int:
        if isinstance(node, Const):
            return self._constant(node.value, following)
        if isinstance(node, Object):
            following = self._symbol("}", following)
            for key, child in reversed(node.items):
                following = self._node(child, context, budget, following, key)
            return self._symbol("{", following)
        if isinstance(node, Array):
            following = self._symbol("]", following)
            for element in reversed(node.elements):
                following = self._node(element, context, budget, following)
            return self._symbol("[", following)
        closed = self._symbol(_CLOSE, following)
        if isinstance(node, Text):
            return self._symbol(_OPEN, self._parts(node.parts, context, budget, closed))
        if isinstance(node, Scalar) and node.is_canonical:
            return self._symbol(_NUMBER, self._parts(node.parts, context, budget, closed))
        raise TooLargeError

    def _symbol(self, symbol: Any, following: int) -> int:
        return self._cell(("symbol", ("json", symbol)), following)

    def _constant(self, value: Any, following: int) -> int:
        closed = self._symbol(_CLOSE, following)
        if isinstance(value, str):
            return self._symbol(_OPEN, self._text(value, closed, "exact"))
        return self._symbol(_NUMBER, self._text(json.dumps(value), closed, "exact"))

    def _value(self, following: int, context: int, name: str, budget: int, key: str | None) -> list[int]:
        tables, bound = self._contexts[context]
        if name in bound:
            return [self._node(Const(json.loads(bound[name])), context, budget, following, key)]
        return [
            self._node(self._shapes[name][choice.index], context, budget - 1, following, key)
            for choice in tables[name].choices
            if choice.depth <= budget
        ]

    def _values(
        self, following: int, context: int, reference: Reference, budget: int, key: str | None
    ) -> list[int]:
        """The elements that a repeated reference adds to an array, or a property that may be absent."""
        counts = self._counts_of(reference, context, budget)
        cells = [following] if 0 in counts else []
        for count in range(1, counts.stop):
            following = self._cell(("value", context, reference.name, budget, key), following)
            if count in counts:
                cells.append(following)
        return cells
