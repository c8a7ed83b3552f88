"""The dataset rows that rows are written about."""

from __future__ import annotations

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


def columns_of(seed: Seed) -> Mapping[str, Any]:
    """A seed's row, or its text where it was read without one."""
    return seed.row or {"text": seed.text}


def spread(items: Sequence[T], n: int) -> list[T]:
    """Up to n items at even distances, the first among them."""
    return [items[place * len(items) // n] for place in range(n)] if len(items) > n else list(items)
