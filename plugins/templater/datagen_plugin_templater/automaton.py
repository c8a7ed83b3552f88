"""The strings of an unrolled grammar as an automaton over characters, determinised while it is counted.

The subset construction over (cell, whitespace state) gives each distinct string one path; paths are summed
without listing them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.plans import Plan
from datagen_plugin_templater.records import Shapes
from datagen_plugin_templater.unrolled import END, Unrolled

MAX_STEPS = 300_000
"""Steps before counting gives up: about a second."""
Item: TypeAlias = tuple[int, int]
"""A cell, and what whitespace means there."""
Kernel: TypeAlias = frozenset[Item]
_NOTHING, _AFTER_CHARACTER, _SPACE_PENDING = range(3)


class Automaton:
    """Counts the distinct strings of plans; what it learns of one count serves the next.

    Args:
        grammar: A checked grammar.
        shapes: The nodes of a grammar of records; empty for texts.
        max_depth: The depth limit of derivations.
        max_steps: The work after which to give up, over all counts.
    """

    def __init__(self, grammar: Grammar, shapes: Shapes, max_depth: int, max_steps: int = MAX_STEPS) -> None:
        self._unrolled = Unrolled(grammar, shapes, max_depth, max_steps)
        self._counts: dict[Kernel, int] = {}
        self._moves: dict[Kernel, tuple[bool, list[Kernel]]] = {}

    def count(self, plans: Iterable[Plan]) -> int:
        """The number of distinct strings (records) of all these plans together.

        Raises:
            TooLargeError: the limit was reached.
        """
        return self._count(frozenset((self._unrolled.enter(plan), _NOTHING) for plan in plans))

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
            moves: dict[Any, set[Item]] = defaultdict(set)
            seen, waiting = set(kernel), list(kernel)
            while waiting:
                self._unrolled.spend()
                cell, state = waiting.pop()
                if cell == END:
                    accepts = True
                    continue
                for item in self._step(cell, state, moves):
                    if item not in seen:
                        seen.add(item)
                        waiting.append(item)
            self._moves[kernel] = accepts, [self._skipped(items) for items in moves.values()]
        return self._moves[kernel]

    def _skipped(self, items: set[Item]) -> Kernel:
        """The items, moved to the end of a literal where all of them stand at the same place of the same one."""
        while True:
            places = {(self._unrolled.cell(cell)[0], state) for cell, state in items}
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
            items = {(self._unrolled.cell(cell)[1], state) for cell, _ in items}

    def _step(self, cell: int, state: int, moves: dict[Any, set[Item]]) -> Sequence[Item]:
        """Adds what the cell can emit to the moves; returns the items reached without emitting anything."""
        piece, following = self._unrolled.cell(cell)
        if piece[0] == "text":
            return self._character(cell, state, moves)
        if piece[0] == "exact":
            moves[piece[1][piece[2]]].add((self._unrolled.after(piece, following), _NOTHING))
            return ()
        if piece[0] == "symbol":
            moves[piece[1]].add((following, _NOTHING))
            return ()
        return [(reached, state) for reached in self._unrolled.opened(piece, following)]

    def _character(self, cell: int, state: int, moves: dict[Any, set[Item]]) -> Sequence[Item]:
        piece, following = self._unrolled.cell(cell)
        character = piece[1][piece[2]]
        if character.isspace():
            return [(self._unrolled.after(piece, following), state and _SPACE_PENDING)]
        if state == _SPACE_PENDING:
            moves[" "].add((cell, _NOTHING))
        else:
            moves[character].add((self._unrolled.after(piece, following), _AFTER_CHARACTER))
        return ()
