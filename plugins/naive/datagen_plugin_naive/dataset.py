"""The dataset rows that rows are written about, and whose turn it is."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs, Seed

PATH, FIELDS = "dataset_path", "dataset_fields"
T = TypeVar("T")


class Dataset:
    """Rows with named columns.

    Args:
        seeds: The rows, in file order.
        fields: Property of the record → column that fills it.

    Raises:
        InputError: no row has such a column.
    """

    def __init__(self, seeds: Sequence[Seed], fields: Mapping[str, str]) -> None:
        self.seeds, self.fields = seeds, fields
        self._filling = frozenset(fields.values())
        columns = dict.fromkeys(column for seed in seeds for column in columns_of(seed))
        for column in fields.values():
            if column not in columns:
                raise InputError(
                    f"the dataset has no column {column!r}",
                    where=f"task_input.{FIELDS}",
                    expected=f"one of the columns {', '.join(columns)}" if columns else "a dataset with rows",
                    hint=f"task_input: {{{PATH}: FILE, {FIELDS}: {{PROPERTY: COLUMN}}}}",
                )

    @classmethod
    def of(cls, inputs: Inputs) -> Dataset | None:
        """Records that the recipe's seeds are; None where the seeds, if any, are examples."""
        if not inputs.seeds_are_records and PATH not in inputs.task_input and FIELDS not in inputs.task_input:
            return None
        fields = inputs.task_input.get(FIELDS) or {}
        if isinstance(fields, list):
            fields = {str(name): name for name in fields}
        if not isinstance(fields, Mapping) or not all(isinstance(name, str) for name in fields.values()):
            raise InputError(
                f"{fields!r} doesn't map properties to columns",
                where=f"task_input.{FIELDS}",
                expected="PROPERTY: COLUMN for each, or a list of names that are both",
            )
        return cls(inputs.seeds, fields) if inputs.seeds or fields else None

    def given(self, seed: Seed) -> dict[str, Any]:
        """The properties that a row fills, untouched; those it lacks are left out."""
        row = columns_of(seed)
        return {name: row[column] for name, column in self.fields.items() if column in row}

    def rest(self, seed: Seed) -> dict[str, Any]:
        """The columns that fill no property."""
        return {name: value for name, value in columns_of(seed).items() if name not in self._filling}

    def classes(self, label_property: str | None) -> list[str | None]:
        """The class that each row has of its own: its label, else what it fills the label's property with."""
        column = self.fields.get(label_property) if label_property else None
        out = []
        for seed in self.seeds:
            found = columns_of(seed).get(column) if column and seed.label is None else seed.label
            out.append(None if found is None else str(found))
        return out


class Turns:
    """Whose turn it is: the row used least, each use counted.

    Among equally used ones the order is drawn for the run and taken up further on by each batch: batches under
    way at once don't see what the others use, and would otherwise use the same rows.

    Args:
        seeds: The rows.
        classes: The class that each has of its own, if any.
        uses: By the row's id.
        run: What the order is drawn from.
        start: How many rows the batches before asked for.
    """

    def __init__(
        self,
        seeds: Sequence[Seed],
        classes: Sequence[str | None],
        uses: Mapping[str, int],
        *,
        run: str,
        start: int,
    ) -> None:
        self._seeds, self._classes, self._uses = seeds, classes, uses
        self._order = _steps(len(seeds), random.Random(run), start)
        self._queues: dict[str | None, list[tuple[int, int, int]]] = {}

    def next(self, label: str | None) -> Seed | None:
        """The row to write about now; for a class one of that class, or without any. None where there is none."""
        if label not in self._queues:
            self._queues[label] = self._queue(label)
        queue = self._queues[label]
        if not queue:
            return None
        uses, place, row = queue[0]
        heapq.heapreplace(queue, (uses + 1, place, row))
        return self._seeds[row]

    def _queue(self, label: str | None) -> list[tuple[int, int, int]]:
        """Rows as (uses, place, row), the next one first."""
        fitting = [
            (self._uses.get(self._seeds[row].id, 0), place, row)
            for place, row in enumerate(self._order)
            if label is None or self._classes[row] in (None, label)
        ]
        heapq.heapify(fitting)
        return fitting


def columns_of(seed: Seed) -> Mapping[str, Any]:
    """A seed's row, or its text where it was read without one."""
    return seed.row or {"text": seed.text}


def spread(items: Sequence[T], n: int) -> list[T]:
    """Up to n items at even distances, the first among them."""
    return [items[place * len(items) // n] for place in range(n)] if len(items) > n else list(items)


def _steps(n: int, rng: random.Random, start: int) -> list[int]:
    """0 … n-1, each once, in steps of a length that has no factor in common with n."""
    if not n:
        return []
    first, step = rng.randrange(n), rng.randrange(n) + 1
    while math.gcd(step, n) > 1:
        step += 1
    return [(first + (start + place) * step) % n for place in range(n)]
