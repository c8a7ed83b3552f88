"""As-is: rows as they are, so that validators and selectors can be put to a dataset that exists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from datagen_core.config import Config
from datagen_core.dataset_columns import more_columns
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.originals import Original, originals
from datagen_core.row_forms import is_own
from datagen_core.sample import Rejection, Sample


class AsIs(Generator[Config]):
    """Each original once, unchanged. The columns that no part of the row was read from become its method's fields."""

    is_identity: ClassVar[bool] = True

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row for each wanted, in order."""
        for original in originals(request):
            if original.sample is None:
                yield request.reject("no_original", "a row of the label and values wanted")
            else:
                yield self._row(request, original, original.sample)

    def _row(self, request: GenerateRequest, original: Original, sample: Sample) -> Sample:
        """Rows of a run keep their score until another is given; those of a rehearsal stay marked as such."""
        row = request.sample(
            input=sample.input,
            response=sample.response,
            label=sample.label,
            fields=sample.fields,
            messages=sample.messages,
            reasoning=sample.reasoning,
            tools=sample.tools,
            parents=original.parents,
            method=self._told(sample),
        )
        seed = self.inputs.source(sample.id)
        if seed is None or not is_own(seed.row):
            return row
        told = seed.row["metadata"]
        is_rehearsal = row.metadata.is_rehearsal or told.get("rehearsal") is True
        score = told.get("quality_score")
        kept = score if isinstance(score, int | float) and not isinstance(score, bool) else None
        return replace(row, metadata=replace(row.metadata, is_rehearsal=is_rehearsal, quality_score=kept))

    def _told(self, sample: Sample) -> Mapping[str, Any]:
        """What is known beside the row: of a seed the other columns, else what the link before noted."""
        seed = self.inputs.source(sample.id)  # in one pass seeds come as rows with their ids
        return sample.metadata.method if seed is None else more_columns(seed.row, sample)
