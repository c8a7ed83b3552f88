"""Where a row comes from among the documents: the passage that it should be grounded in, and how rows cite it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.nothing import EMPTY
from datagen_core.row_forms import is_own
from datagen_core.sample import Sample

CITATION = (
    "question",
    "chunk_id",
    "chunk_ids",
    "document",
    "headings",
    "source_span",
    "answer_original",
    "question_type",
    "answerable",
)
"""Fields of a row's method that say which passages it was made from, and how. Arms that change rows carry them on."""

PASSAGE = "passage"
"""Column of a file of rows that holds the text of the passages that a row was made from."""


class Sources:
    """Finds the source text of rows.

    Args:
        inputs: Where chunks, seeds and unlabelled texts are.
        column: A part of the row, a field of its record, or a column that its method noted; None: by lineage.
    """

    def __init__(self, inputs: Inputs, column: str | None = None) -> None:
        self._inputs, self._column = inputs, column

    def of(self, sample: Sample) -> str | None:
        """The text; of several passages theirs, with blank lines between them. None where there is none.

        By lineage these are the passages that the row cites, else what it was made from.
        """
        if self._column is not None:
            has_none = sample.fields.get(self._column, "") is None  # as text that would be "null"
            found = None if has_none else sample.text_of(self._column) or sample.value_of(self._column)
            return found or None
        return self.cited_text(sample) or self._text_of(sample.trace.parents)

    def cited(self, sample: Sample) -> Mapping[str, Any]:
        """What is known of the passages that a row was made from, by the names in CITATION.

        Of a row that an arm made, what its method noted; of one that was read from a file, what stands in its row.
        """
        return {name: value for name, value in self._known(sample).items() if name in CITATION}

    def cited_text(self, sample: Sample) -> str | None:
        """The text of the passages that a row cites, or has beside it; None where there is none."""
        known = self._known(sample)
        found = self._text_of(chunk_ids(known))
        passage = known.get(PASSAGE)
        return found or (passage if isinstance(passage, str) and passage.strip() else None)

    def _text_of(self, ids: tuple[str, ...]) -> str | None:
        found = (self._inputs.source(one) for one in ids)
        return "\n\n".join(one.text for one in found if one is not None) or None

    def _known(self, sample: Sample) -> Mapping[str, Any]:
        if _says(sample.metadata.method):
            return sample.metadata.method
        for one in (sample.id, *sample.trace.parents):
            seed = self._inputs.source(one)
            row = EMPTY if seed is None else seed.row
            told = _noted(row) if is_own(row) else row
            if _says(told):
                return told
        return EMPTY


def _noted(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a whole record says of where it comes from, its passage beside it included."""
    method = record["metadata"].get("method")
    passage = {PASSAGE: record[PASSAGE]} if PASSAGE in record else {}
    return {**(method if isinstance(method, Mapping) else {}), **passage}


def _says(told: Mapping[str, Any]) -> bool:
    return bool(chunk_ids(told) or told.get(PASSAGE))


def chunk_ids(method: Mapping[str, Any]) -> tuple[str, ...]:
    """The passages that a row's method cites: `chunk_ids`, else `chunk_id`."""
    several = method.get("chunk_ids")
    if isinstance(several, list | tuple) and several:
        return tuple(map(str, several))
    one = method.get("chunk_id")
    return (one,) if isinstance(one, str) and one else ()
