"""Rows split into parts such as train and test, so that no two parts have rows made from the same source."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

from datagen_core.errors import UsageError
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample

SHARES: Mapping[str, float] = {"train": 0.9, "test": 0.1}


def split(
    samples: Iterable[Sample],
    shares: Mapping[str, float] = SHARES,
    *,
    seed: int = 0,
    by: str = "source",
    stratify: str | None = None,
    parents: Mapping[str, Sequence[str]] = EMPTY,
) -> dict[str, list[Sample]]:
    """Part → its rows, in the order given. The same rows, shares and seed give the same parts.

    By source, rows that share an ancestor (a seed, a text, a chunk, another row), or of which one descends from the
    other, go to the same part, and so do those connected through further rows. Whole groups are dealt out, the largest
    first, each to the part that lacks most; a part of a positive share gets at least one. So shares are met as nearly
    as groups allow, exactly only where they are small.

    Args:
        samples: The rows; none give empty parts.
        shares: Part → its weight, 0 or more; they needn't sum to 1.
        by: `source`; `row` takes each row for itself, whatever it was made from; `input` keeps rows together that have
            the same input (or text, where they have none), however spaced or capitalised; anything else is a column:
            rows with the same value in it (of a list: a same one) stay together, those without are each for itself.
        stratify: `label`, `arm`, or a column of which each part should have every value in its share. Groups then go
            where they bring the values' counts nearest to it: the least sum over parts and values of the squared
            difference, each over the value's count, one group after the other. Whole groups come first: see
            `counts_by` for what came of it.
        parents: Id → ids of its parents, of rows that aren't among the samples, such as those of the links of an arm
            before the last. What samples name as their own parents is known without.

    Raises:
        UsageError: no share above 0, fewer groups than parts with one, or a column that no row has.

    Example:
        >>> from datagen_core.sample import Sample, Trace
        >>> rows = [Sample(id=f"r{i}", trace=Trace(parents=(f"seed{i // 2}",))) for i in range(6)]
        >>> parts = split(rows, {"train": 2, "test": 1})
        >>> {name: len(part) for name, part in parts.items()}
        {'train': 4, 'test': 2}
    """
    rows = list(samples)
    wanted = [name for name, share in shares.items() if share > 0]
    if not wanted or any(not 0 <= share < float("inf") for share in shares.values()):
        raise UsageError(
            f"can't split by the shares {dict(shares)}",
            expected="part → weight, none below 0 and one above",
            hint='split({"train": 0.9, "test": 0.1})',
        )
    groups = groups_by(rows, by, parents)
    if rows and len(groups) < len(wanted):
        raise UsageError(
            f"{len(rows)} rows make {len(groups)} group(s) of common sources, too few for {len(wanted)} parts",
            expected="rows that go back to more sources, without links between them",
            hint='by="row" (--by row) splits them anyway: rows of one source then lie in several parts',
        )
    values = [None] * len(rows) if stratify is None else _values(rows, stratify)
    part_of = _dealt(groups, values, {name: shares[name] for name in wanted}, random.Random(seed))
    return {name: [row for at, row in enumerate(rows) if part_of[at] == name] for name in shares}


def groups_by(
    rows: Sequence[Sample], by: str = "source", parents: Mapping[str, Sequence[str]] = EMPTY
) -> list[list[int]]:
    """The places of the rows that must stay together, groups by their first row; see `split`."""
    if by == "source":
        return _families(rows, parents)
    together = _Connected()
    for at, links in enumerate(_links(rows, by)):
        for link in links:
            together.join(f"row {at}", f"value {link}")
    groups: dict[str, list[int]] = {}
    for at in range(len(rows)):
        groups.setdefault(together.of(f"row {at}"), []).append(at)
    return list(groups.values())


def _links(rows: Sequence[Sample], by: str) -> list[Sequence[str]]:
    """What each row has that keeps it together with the others that have it."""
    if by == "row":
        return [()] * len(rows)
    if by == "input":
        return [(asked(row),) for row in rows]
    found = [row.fields.get(by, row.metadata.method.get(by)) for row in rows]
    return [
        tuple(map(str, value)) if isinstance(value, list | tuple) else () if one is None else (one,)
        for value, one in zip(found, _values(rows, by), strict=True)
    ]


def asked(row: Sample) -> str:
    """What rows of the same input (or text, where they have none) have in common, however spaced or capitalised."""
    return " ".join((row.input or row.response).casefold().split())


def counts_by(parts: Mapping[str, Sequence[Sample]], stratify: str) -> dict[str, dict[str, int]]:
    """Value of a column (or label) → part → rows, values by how frequent they are; rows without one are "–"."""
    counts = {name: Counter(value_in(row, stratify) or "–" for row in rows) for name, rows in parts.items()}
    total: Counter[str] = sum(counts.values(), Counter())
    return {value: {name: counts[name][value] for name in parts} for value, _ in total.most_common()}


def value_in(row: Sample, column: str) -> str | None:
    """A row's label, its arm, the field of its record or what its method noted; None where it has none."""
    if column == "label" and row.label is not None:
        return row.label
    found = row.value_of(column)
    return row.metadata.arm or None if found is None and column == "arm" else found


def _values(rows: Sequence[Sample], column: str) -> list[str | None]:
    """What each row has in a column; raises UsageError where none has it."""
    values = [value_in(row, column) for row in rows]
    if rows and all(value is None for value in values):
        known = dict.fromkeys(name for row in rows[:100] for name in (*row.fields, *row.metadata.method))
        raise UsageError(
            f"no row has {column!r}",
            expected=f"one of {', '.join(dict.fromkeys(['label', 'arm', *known]))}",
            hint="--by or --stratify COLUMN",
        )
    return values


def _families(rows: Sequence[Sample], parents: Mapping[str, Sequence[str]]) -> list[list[int]]:
    """The places of the rows that are connected, groups by their first row."""
    above: dict[str, set[str]] = {}
    for row in rows:
        above.setdefault(row.id, set()).update(row.trace.parents, parents.get(row.id, ()))
    family = _Connected()
    left = list(above)
    while left:
        child = left.pop()
        for parent in sorted(above[child]):
            family.join(child, parent)
            if parent not in above:
                above[parent] = set(parents.get(parent, ()))
                left.append(parent)
    groups: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        groups.setdefault(family.of(row.id), []).append(at)
    return list(groups.values())


class _Connected:
    """Ids that are connected (union–find, with paths halved)."""

    def __init__(self) -> None:
        self._up: dict[str, str] = {}

    def of(self, one: str) -> str:
        """The id that stands for its family."""
        self._up.setdefault(one, one)
        while self._up[one] != one:
            self._up[one] = self._up[self._up[one]]
            one = self._up[one]
        return one

    def join(self, one: str, other: str) -> None:
        """Makes two families one."""
        self._up[self.of(one)] = self.of(other)


def _dealt(
    groups: Sequence[Sequence[int]],
    values: Sequence[Hashable],
    weights: Mapping[str, float],
    rng: random.Random,
) -> dict[int, str]:
    """Place → part. Equally large groups come in an order drawn from the generator of random numbers."""
    order = sorted(rng.sample(list(groups), len(groups)), key=len, reverse=True)
    total, weight = Counter(values), sum(weights.values())
    lacking = {
        name: {value: n * share / weight for value, n in total.items()} for name, share in weights.items()
    }
    parts: dict[str, list[Sequence[int]]] = {name: [] for name in weights}
    for group in order:
        held = Counter(values[at] for at in group)
        part = max(lacking, key=lambda name: _gain(held, lacking[name], total))
        parts[part].append(group)
        for value, n in held.items():
            lacking[part][value] -= n
    for name in parts:
        if not parts[name] and groups:
            giver = max(parts, key=lambda other: len(parts[other]))
            parts[name].append(parts[giver].pop())
    return {at: name for name, given in parts.items() for group in given for at in group}


def _gain(
    held: Mapping[Hashable, int], lacking: Mapping[Hashable, float], total: Mapping[Hashable, int]
) -> float:
    """Half of what a group takes off a part's sum of squared lacks, up to what is the same for all parts."""
    return sum(n * lacking[value] / total[value] for value, n in held.items())
