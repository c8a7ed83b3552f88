"""What is wrong with a grammar before anything is drawn, and the least that each non-terminal costs.

The least costs are Knuth's generalisation of Dijkstra's algorithm (D. E. Knuth, "A generalization of
Dijkstra's algorithm", 1977): a non-terminal without a least cost is one that never ends.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from datagen_core.errors import InputError
from datagen_plugin_templater.grammar import Alternative, Grammar, nearest
from datagen_plugin_templater.template import Reference

_SPACES = re.compile(r"\s+")
Cost = Callable[[Alternative, Mapping[str, int]], int]


def depth_cost(alternative: Alternative, known: Mapping[str, int]) -> int:
    """Levels of the shallowest derivation: 1 for a template without references."""
    return 1 + max((known[r.name] for r in alternative.references if r.low), default=0)


def length_cost(alternative: Alternative, known: Mapping[str, int]) -> int:
    """Characters of the shortest expansion; a run of whitespace within a literal counts as one."""
    total = 0
    for part in alternative.parts:
        if isinstance(part, str):
            total += literal_length(part)
        elif part.low:
            total += part.low * known[part.name] + part.low - 1
    return total


def literal_length(text: str) -> int:
    """Characters of a literal, a run of whitespace as one."""
    return len(_SPACES.sub(" ", text))


def visible_cost(alternative: Alternative, known: Mapping[str, int]) -> int:
    """Characters other than whitespace of the shortest expansion; a slot that a model fills has at least one."""
    literals = sum(len("".join(part.split())) for part in alternative.parts if isinstance(part, str))
    inner = sum(r.low * known[r.name] for r in alternative.references if r.low)
    return literals + inner + (alternative.prompt is not None)


def size_cost(alternative: Alternative, known: Mapping[str, int]) -> int:
    """Expansions of the smallest derivation."""
    return 1 + sum(r.low * known[r.name] for r in alternative.references if r.low)


def cheapest(
    rules: Mapping[str, Sequence[Alternative]], cost: Cost, given: Mapping[str, int] | None = None
) -> dict[str, int]:
    """The least cost of each non-terminal that has a finite derivation; the others are absent.

    Args:
        rules: The alternatives of each non-terminal.
        cost: Of an alternative, from the costs of its references; at least as large as each of them.
        given: Costs already known, of non-terminals outside `rules`.
    """
    users: dict[str, list[tuple[str, int]]] = defaultdict(list)
    missing: dict[tuple[str, int], int] = {}
    known: dict[str, int] = {}
    heap: list[tuple[int, str]] = [(least, name) for name, least in (given or {}).items()]
    heapq.heapify(heap)
    for name, alternatives in rules.items():
        for i, alternative in enumerate(alternatives):
            required = {r.name for r in alternative.references if r.low}
            missing[name, i] = len(required)
            for used in required:
                users[used].append((name, i))
            if not required:
                heapq.heappush(heap, (cost(alternative, known), name))
    while heap:
        least, name = heapq.heappop(heap)
        if name in known:
            continue
        known[name] = least
        for user, i in users[name]:
            missing[user, i] -= 1
            if not missing[user, i] and user not in known:
                heapq.heappush(heap, (cost(rules[user][i], known), user))
    return known


def cycles(graph: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """The strongly connected components that hold a cycle (Kosaraju's algorithm, without recursion)."""
    order = _finish_order(graph)
    back: dict[str, list[str]] = defaultdict(list)
    for name, targets in graph.items():
        for target in targets:
            back[target].append(name)
    found: list[frozenset[str]] = []
    seen: set[str] = set()
    for name in reversed(order):
        component, waiting = set(), [name]
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                component.add(node)
                waiting += back[node]
        if len(component) > 1 or name in set(graph.get(name, ())) & component:
            found.append(frozenset(component))
    return found


def check(grammar: Grammar) -> None:
    """Refuses a grammar that can't work.

    Raises:
        InputError: an undefined name (in a template, start, bind or when), a `when:` on something that isn't
            bound or on nothing that exists, rules that never end.
    """
    _check_defined(grammar, grammar.start, f"{grammar.where}.start")
    for name in grammar.bind:
        _check_defined(grammar, name, f"{grammar.where}.bind")
    for name, alternatives in grammar.rules.items():
        for i, alternative in enumerate(alternatives):
            for reference in alternative.references:
                _check_defined(grammar, reference.name, grammar.place(name, i))
            for key, _ in alternative.when:
                _check_bound(grammar, key, grammar.place(name, i))
    endless = set(grammar.rules) - set(cheapest(grammar.rules, depth_cost))
    if endless:
        first = next(name for name in grammar.rules if name in endless)
        raise InputError(
            f"endless recursion: {' -> '.join(_loop(grammar, first, endless))}; "
            f"no expansion of {', '.join(sorted(endless)[:10])} ever ends",
            where=grammar.place(first),
            expected="an alternative that doesn't lead back",
        )
    _check_bindings_acyclic(grammar)


def unreachable(grammar: Grammar) -> list[str]:
    """The non-terminals that no sample can contain, in the grammar's order."""
    return [name for name in grammar.rules if name not in grammar.reachable]


def _finish_order(graph: Mapping[str, Iterable[str]]) -> list[str]:
    order: list[str] = []
    seen: set[str] = set()
    for root in graph:
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(graph[root]))]
        while stack:
            name, targets = stack[-1]
            target = next((t for t in targets if t not in seen), None)
            if target is None:
                order.append(name)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(graph.get(target, ()))))
    return order


def _check_defined(grammar: Grammar, name: str, where: str) -> None:
    if name not in grammar.rules:
        raise InputError(
            f"<{name}> is undefined",
            where=where,
            expected=f"a rule or a word list of that name ({len(grammar.rules)} are defined)",
            hint=nearest(name, grammar.rules),
        )


def _check_bound(grammar: Grammar, name: str, where: str) -> None:
    if name not in grammar.bind:
        raise InputError(
            f"when: names {name}, which isn't bound",
            where=where,
            expected="a non-terminal drawn once per sample",
            hint=f"add it: bind: [{', '.join([*grammar.bind, name])}]",
        )


def _loop(grammar: Grammar, name: str, endless: set[str]) -> list[str]:
    path = [name]
    while True:
        required: list[Reference] = [r for a in grammar.rules[path[-1]] for r in a.references if r.low]
        following = next(r.name for r in required if r.name in endless)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)


def _check_bindings_acyclic(grammar: Grammar) -> None:
    for name in grammar.bind:
        inside = {r.name for a in grammar.rules[name] for r in a.references}
        inside |= {key for a in grammar.rules[name] for key, _ in a.when}
        if name in grammar.closure(inside):
            raise InputError(
                f"{name} is bound, but its own expansion depends on it",
                where=grammar.place(name),
                expected="a bound non-terminal that can be drawn first",
            )
