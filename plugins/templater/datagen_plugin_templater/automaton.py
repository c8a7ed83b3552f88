"""The strings of an unrolled grammar as an automaton over characters, determinised while it is counted.

A position in the grammar is a cell of a linked list: what comes next, and the cell after it. Equal cells are
one, so that words of a list that end alike meet again. The subset construction over (cell, whitespace state)
gives each distinct string one path; paths are summed without listing them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.plans import Plan
from datagen_plugin_templater.records import Absent, Array, Bare, Const, Node, Object, Scalar, Shapes
from datagen_plugin_templater.tables import Tables
from datagen_plugin_templater.template import Part, Reference

MAX_STEPS = 300_000
"""Steps before counting gives up: about a second."""
Kernel: TypeAlias = frozenset[tuple[int, int]]
_END = 0
_NOTHING, _AFTER_CHARACTER, _SPACE_PENDING = range(3)
_OPEN, _NUMBER, _CLOSE = "open", "number", "close"


class TooLargeError(Exception):
    """The automaton outgrew its limit."""


class Automaton:
    """Counts the distinct strings of plans; what it learns of one count serves the next.

    Args:
        grammar: A checked grammar.
        shapes: The nodes of a grammar of records; empty for texts.
        max_depth: The depth limit of derivations.
        max_steps: The work after which to give up, over all counts.
    """

    def __init__(self, grammar: Grammar, shapes: Shapes, max_depth: int, max_steps: int = MAX_STEPS) -> None:
        self._start = grammar.start
        self._referenced = {r.name for some in grammar.rules.values() for a in some for r in a.references}
        self._shapes = shapes
        self._max_depth = max_depth
        self._left = max_steps
        self._cells: list[tuple[tuple[Any, ...], int]] = [((), _END)]
        self._ids: dict[tuple[tuple[Any, ...], int], int] = {}
        self._contexts: list[tuple[Tables, dict[str, str]]] = []
        self._context_ids: dict[tuple[Any, ...], int] = {}
        self._counts: dict[Kernel, int] = {}
        self._moves: dict[Kernel, tuple[bool, list[Kernel]]] = {}

    def count(self, plans: Iterable[Plan]) -> int:
        """The number of distinct strings (records) of all these plans together.

        Raises:
            TooLargeError: the limit was reached.
        """
        return self._count(frozenset((self._enter(plan), _NOTHING) for plan in plans))

    def _enter(self, plan: Plan) -> int:
        tables = plan.world.tables
        bound = {name: text for name, text in plan.world.bound.items() if name in self._referenced}
        key = (id(tables), *sorted(bound.items()))
        context = self._context_ids.setdefault(key, len(self._contexts))
        if context == len(self._contexts):
            self._contexts.append((tables, bound))
        if plan.node is None:
            return self._cell(("name", context, self._start, self._max_depth), _END)
        return self._node(plan.node, context, self._max_depth - len(plan.root), _END)

    def _cell(self, piece: tuple[Any, ...], following: int) -> int:
        key = (piece, following)
        found = self._ids.get(key)
        if found is None:
            self._left -= 1
            if self._left < 0:
                raise TooLargeError
            found = self._ids[key] = len(self._cells)
            self._cells.append(key)
        return found

    def _count(self, start: Kernel) -> int:
        stack = [start]
        while stack:
            kernel = stack[-1]
            if kernel in self._counts:
                stack.pop()
                continue
            accepts, targets = self._targets(kernel)
            unknown = [target for target in targets if target not in self._counts]
            if unknown:
                stack += unknown
            else:
                self._counts[kernel] = accepts + sum(self._counts[target] for target in targets)
                stack.pop()
        return self._counts[start]

    def _targets(self, kernel: Kernel) -> tuple[bool, list[Kernel]]:
        if kernel not in self._moves:
            accepts = False
            moves: dict[Any, set[tuple[int, int]]] = defaultdict(set)
            seen, waiting = set(kernel), list(kernel)
            while waiting:
                self._left -= 1
                if self._left < 0:
                    raise TooLargeError
                cell, state = waiting.pop()
                if cell == _END:
                    accepts = True
                    continue
                for item in self._step(cell, state, moves):
                    if item not in seen:
                        seen.add(item)
                        waiting.append(item)
            self._moves[kernel] = accepts, [self._skipped(items) for items in moves.values()]
        return self._moves[kernel]

    def _skipped(self, items: set[tuple[int, int]]) -> Kernel:
        """The items, moved to the end of a literal where all of them stand at the same place of the same one."""
        while True:
            places = {(self._cells[cell][0], state) for cell, state in items}
            piece, state = next(iter(places))
            if len(places) > 1 or not piece or piece[0] not in ("text", "exact"):
                return frozenset(items)
            rest = piece[1][piece[2] :]
            if piece[0] == "exact":
                state = _NOTHING
            elif not rest[-1].isspace():
                state = _AFTER_CHARACTER
            elif state or rest.strip():
                state = _SPACE_PENDING
            items = {(self._cells[cell][1], state) for cell, _ in items}

    def _step(
        self, cell: int, state: int, moves: dict[Any, set[tuple[int, int]]]
    ) -> Sequence[tuple[int, int]]:
        """Adds what the cell can emit to the moves; returns the items reached without emitting anything."""
        piece, following = self._cells[cell]
        kind = piece[0]
        if kind == "text":
            return self._character(cell, state, moves)
        if kind == "exact":
            moves[piece[1][piece[2]]].add((self._after(piece, following), _NOTHING))
            return ()
        if kind == "symbol":
            moves[piece[1]].add((following, _NOTHING))
            return ()
        _, context, what, budget = piece
        if kind == "name":
            cells = self._expansions(context, what, budget, following)
        elif kind == "repeat":
            cells = self._repeats(context, what, budget, following)
        elif kind == "value":
            cells = self._values(context, what, budget, following)
        else:  # "elements" of an array, "property" that may be absent
            cells = self._value_repeats(kind, context, what, budget, following)
        return [(reached, state) for reached in cells]

    def _character(
        self, cell: int, state: int, moves: dict[Any, set[tuple[int, int]]]
    ) -> Sequence[tuple[int, int]]:
        piece, following = self._cells[cell]
        character = piece[1][piece[2]]
        if character.isspace():
            return [(self._after(piece, following), state and _SPACE_PENDING)]
        if state == _SPACE_PENDING:
            moves[" "].add((cell, _NOTHING))
        else:
            moves[character].add((self._after(piece, following), _AFTER_CHARACTER))
        return ()

    def _after(self, piece: tuple[Any, ...], following: int) -> int:
        kind, text, offset = piece
        return self._cell((kind, text, offset + 1), following) if offset + 1 < len(text) else following

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

    def _expansions(self, context: int, name: str, budget: int, following: int) -> list[int]:
        tables, bound = self._contexts[context]
        if name in bound:
            return [self._text(bound[name], following)]
        fitting = [choice for choice in tables[name].choices if choice.depth <= budget]
        return [self._parts(choice.parts, context, budget - 1, following) for choice in fitting]

    def _counts_of(self, reference: Reference, context: int, budget: int) -> range:
        rule = self._contexts[context][0].get(reference.name)
        fits = rule is not None and rule.shallowest <= budget
        return range(reference.low, reference.high + 1) if fits else range(1)

    def _repeats(self, context: int, reference: Reference, budget: int, following: int) -> list[int]:
        counts = self._counts_of(reference, context, budget)
        cells = [following] if 0 in counts else []
        for count in range(1, counts.stop):
            once = following if count == 1 else self._text(" ", following)
            following = self._cell(("name", context, reference.name, budget), once)
            if count in counts:
                cells.append(following)
        return cells

    def _node(self, node: Node, context: int, budget: int, following: int) -> int:
        """The cell of a JSON value: an encoding that differs whenever the values do."""
        if isinstance(node, Const):
            return self._constant(node.value, following)
        if isinstance(node, Absent):
            return following
        if isinstance(node, Object):
            following = self._symbol("}", following)
            for key, child in reversed(node.items):
                following = self._node(child, context, budget, self._symbol(",", following))
                following = self._symbol(("key", key), following)
            return self._symbol("{", following)
        if isinstance(node, Array):
            following = self._symbol("]", following)
            for element in reversed(node.elements):
                if isinstance(element, Bare) and not element.reference.is_plain:
                    following = self._cell(("elements", context, element.reference, budget), following)
                else:
                    following = self._node(element, context, budget, self._symbol(",", following))
            return self._symbol("[", following)
        if isinstance(node, Bare):
            if node.reference.is_plain:
                return self._cell(("value", context, node.reference.name, budget), following)
            return self._cell(("property", context, node.reference, budget), following)
        if isinstance(node, Scalar):
            if not node.is_canonical:
                raise TooLargeError
            closed = self._symbol(_CLOSE, following)
            return self._symbol(_NUMBER, self._parts(node.parts, context, budget, closed))
        return self._symbol(_OPEN, self._parts(node.parts, context, budget, self._symbol(_CLOSE, following)))

    def _symbol(self, symbol: Any, following: int) -> int:
        return self._cell(("symbol", ("json", symbol)), following)

    def _constant(self, value: Any, following: int) -> int:
        closed = self._symbol(_CLOSE, following)
        if isinstance(value, str):
            return self._symbol(_OPEN, self._text(value, closed, "exact"))
        return self._symbol(_NUMBER, self._text(json.dumps(value), closed, "exact"))

    def _values(self, context: int, what: str, budget: int, following: int) -> list[int]:
        tables, bound = self._contexts[context]
        if what in bound:
            return [self._constant(json.loads(bound[what]), following)]
        return [
            self._node(self._shapes[what][choice.index], context, budget - 1, following)
            for choice in tables[what].choices
            if choice.depth <= budget
        ]

    def _value_repeats(
        self, kind: str, context: int, reference: Reference, budget: int, following: int
    ) -> list[int]:
        counts = self._counts_of(reference, context, budget)
        cells = [following] if 0 in counts else []
        for count in range(1, counts.stop):
            ended = self._symbol(",", following) if kind == "elements" else following
            following = self._cell(("value", context, reference.name, budget), ended)
            if count in counts:
                cells.append(following)
        return cells
