"""Rows that are variants of one another, by lineage."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.dataset_columns import parents_of
from datagen_core.sample import Sample


def families(rows: Sequence[Sample]) -> list[list[int]]:
    """The places of rows that come from one root, in the order of their first rows.

    A row's root is what its chain of single parents ends in: a seed, a chunk, or a row without a parent, itself
    included. A row with several parents (the examples of a prompt) is a variant of none of them.
    """
    by_id = {row.id: row for row in rows}
    found: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        found.setdefault(_root(row, by_id), []).append(at)
    return list(found.values())


def _root(row: Sample, by_id: dict[str, Sample]) -> str:
    seen = {row.id}
    while len(parents := parents_of(row)) == 1:
        (parent,) = parents
        if parent in seen:
            break
        seen.add(parent)
        if parent not in by_id:
            return parent
        row = by_id[parent]
    return row.id
