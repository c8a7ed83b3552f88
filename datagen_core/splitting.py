"""Rows split into parts such as train and test, so that no two parts have rows made from the same source."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from datagen_core.errors import UsageError
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample

SHARES: Mapping[str, float] = {"train": 0.9, "test": 0.1}


def split(
    samples: Iterable[Sample],
    shares: Mapping[str, float] = SHARES,
    *,
    seed: int = 0,
    by: Literal["source", "row"] = "source",
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
        by: `row` takes each row for itself, whatever it was made from.
        parents: Id → ids of its parents, of rows that aren't among the samples, such as those of the links of an arm
            before the last. What samples name as their own parents is known without.

    Raises:
        UsageError: no share above 0, or fewer groups than parts with one.

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
    groups = _groups(rows, parents) if by == "source" else [[at] for at in range(len(rows))]
    if rows and len(groups) < len(wanted):
        raise UsageError(
            f"{len(rows)} rows make {len(groups)} group(s) of common sources, too few for {len(wanted)} parts",
            expected="rows that go back to more sources, without links between them",
            hint='by="row" splits them anyway: rows of one source then lie in several parts',
        )
    part_of = _dealt(groups, {name: shares[name] for name in wanted}, random.Random(seed))
    return {name: [row for at, row in enumerate(rows) if part_of[at] == name] for name in shares}


def _groups(rows: Sequence[Sample], parents: Mapping[str, Sequence[str]]) -> list[list[int]]:
    """The places of the rows that are connected, groups by their first row."""
    above: dict[str, set[str]] = {}
    for row in rows:
        above.setdefault(row.id, set()).update(row.trace.parents, parents.get(row.id, ()))
    family = _Families()
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


class _Families:
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
    groups: Sequence[Sequence[int]], weights: Mapping[str, float], rng: random.Random
) -> dict[int, str]:
    """Place → part. Equally large groups come in an order drawn from the generator of random numbers."""
    order = sorted(rng.sample(list(groups), len(groups)), key=len, reverse=True)
    total, weight = sum(map(len, groups)), sum(weights.values())
    lacking = {name: total * share / weight for name, share in weights.items()}
    parts: dict[str, list[Sequence[int]]] = {name: [] for name in weights}
    for group in order:
        part = max(lacking, key=lambda name: lacking[name])
        parts[part].append(group)
        lacking[part] -= len(group)
    for name in parts:
        if not parts[name] and groups:
            giver = max(parts, key=lambda other: len(parts[other]))
            parts[name].append(parts[giver].pop())
    return {at: name for name, given in parts.items() for group in given for at in group}
