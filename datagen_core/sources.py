"""The text that a row should be grounded in: a column that it has, else what its lineage leads to."""

from __future__ import annotations

from datagen_core.inputs import Inputs
from datagen_core.sample import Sample


class Sources:
    """Finds the source text of rows.

    Args:
        inputs: Where chunks, seeds and unlabelled texts are.
        column: A part of the row, a field of its record, or a column that its method noted; None: by lineage.
    """

    def __init__(self, inputs: Inputs, column: str | None = None) -> None:
        self._inputs, self._column = inputs, column

    def of(self, sample: Sample) -> str | None:
        """The text; of several parents theirs, with blank lines between them. None where there is none."""
        if self._column is not None:
            has_none = sample.fields.get(self._column, "") is None  # as text that would be "null"
            found = None if has_none else sample.text_of(self._column) or sample.value_of(self._column)
            return found or None
        parents = (self._inputs.source(parent) for parent in sample.trace.parents)
        return "\n\n".join(parent.text for parent in parents if parent is not None) or None
