"""Whether expansion ends by itself: the spectral radius of the expectation matrix of a grammar.

M[A][B] is the expected number of B in one expansion of A. A radius below 1 means that expansion ends with
probability 1 and a finite expected size (T. L. Booth and R. A. Thompson, "Applying probability measures to
abstract languages", 1973).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from datagen_plugin_templater.analysis import cycles
from datagen_plugin_templater.tables import Tables
from datagen_plugin_templater.template import references

TOLERANCE = 1e-9
MAX_ROUNDS = 10_000


def recursive(tables: Tables) -> frozenset[str]:
    """The non-terminals that can lead back to themselves."""
    graph = {
        name: {r.name for c in rule.choices for r in references(c.parts) if r.name in tables}
        for name, rule in tables.items()
    }
    return frozenset().union(*cycles(graph))


def spectral_radius(tables: Tables) -> float:
    """The largest radius among the recursive components; 0 for a grammar without recursion.

    Exact to 1e-9 where 10,000 rounds suffice, else the upper bound reached (Collatz-Wielandt).
    """
    matrix: dict[str, dict[str, float]] = {}
    for name, rule in tables.items():
        row: dict[str, float] = defaultdict(float)
        for choice in rule.choices:
            for reference in references(choice.parts):
                if reference.name in tables:
                    row[reference.name] += choice.probability * (reference.low + reference.high) / 2
        matrix[name] = row
    return max((_component_radius(matrix, component) for component in cycles(matrix)), default=0.0)


def _component_radius(matrix: Mapping[str, Mapping[str, float]], component: frozenset[str]) -> float:
    """Power iteration on M + I, which is primitive where M is irreducible and has the radius of M plus 1."""
    rows = {name: [(t, e) for t, e in matrix[name].items() if t in component] for name in sorted(component)}
    vector = dict.fromkeys(rows, 1.0)
    upper = 0.0
    for _ in range(MAX_ROUNDS):
        following = {n: vector[n] + sum(e * vector[t] for t, e in row) for n, row in rows.items()}
        ratios = [following[name] / vector[name] - 1 for name in rows]
        upper = max(ratios)
        if upper - min(ratios) < TOLERANCE:
            break
        largest = max(following.values())
        vector = {name: max(value / largest, 1e-300) for name, value in following.items()}
    return upper
