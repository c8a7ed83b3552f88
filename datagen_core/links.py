"""What each link of an arm is asked for: a chain makes more, or fewer, rows from link to link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any

from datagen_core.coverage import exact_shares
from datagen_core.generator import Cell, Generator
from datagen_core.sample import Sample

Values = tuple[tuple[str, str], ...]


def of_source(cells: Sequence[Cell], links: Sequence[Generator[Any]]) -> tuple[Cell, ...]:
    """The cells of a chain's first link, so that the last one comes to the cells wanted: fewer where links multiply."""
    source, *later = links
    wanted = _reduced(cells, source.steers() - _steered(later))
    total = sum(wanted.values())
    parts = exact_shares(-(-total // prod(link.fan_out() for link in later)), wanted)
    return tuple(Cell(label, n, values) for (label, values), n in parts.items() if n)


def of_parents(
    parents: Sequence[Sample],
    cells: Sequence[Cell],
    link: Generator[Any],
    later: Sequence[Generator[Any]] = (),
) -> tuple[Cell, ...]:
    """The cells of a later link: rows of its parents' labels, with the values that it steers by as they are wanted."""
    steered = link.steers() - _steered(later)
    out = []
    for label, n in Counter(parent.label for parent in parents).items():
        fitting = [cell for cell in cells if cell.label in (None, label)]
        wanted = Counter[Values]()
        for (_, values), weight in _reduced(fitting, steered).items():
            wanted[values] += weight
        none: Values = ()
        parts = exact_shares(n * link.fan_out(), wanted or {none: 1})
        out += [Cell(label, part, values) for values, part in parts.items() if part]
    return tuple(out)


def _steered(links: Sequence[Generator[Any]]) -> frozenset[str]:
    """The keys that links see to: one before them needn't, and mustn't where it would be undone."""
    return frozenset().union(*(link.steers() for link in links))


def _reduced(cells: Sequence[Cell], keys: frozenset[str]) -> Counter[tuple[str | None, Values]]:
    """Rows wanted by label and by the values of these keys."""
    out: Counter[tuple[str | None, Values]] = Counter()
    for cell in cells:
        out[cell.label, tuple((key, value) for key, value in cell.values if key in keys)] += cell.n
    return out
