"""The rows of a dataset, a run's or a file's, as samples with what was given of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datagen_core.config import InputPath, missing_file
from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.nothing import EMPTY
from datagen_core.results import Results
from datagen_core.row_forms import as_sample, is_own
from datagen_core.rows import read_rows
from datagen_core.sample import Sample
from datagen_core.sources import PASSAGE

ROW_ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".parquet", ".gz")


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A row: as a sample, and as it was given; a run's rows are given as samples alone."""

    sample: Sample
    given: Mapping[str, Any] = EMPTY


@dataclass(frozen=True)
class Dataset:
    """Rows that can be read more than once.

    Attributes:
        source: The file, or the run with the rows that count.
    """

    source: Path | Results | Sequence[Mapping[str, Any] | str | Sample]

    @property
    def run(self) -> Results | None:
        """The run, of rows that are a run's: also where the file is the one in its folder."""
        if isinstance(self.source, Results):
            return self.source
        is_a_runs = isinstance(self.source, Path) and (self.source.parent / "run.db").is_file()
        return Results(self.source.parent) if is_a_runs and isinstance(self.source, Path) else None

    def rows(self) -> Iterator[DatasetRow]:
        """The rows, in order; raises InputError for one that can't be read."""
        if isinstance(self.source, Results):
            yield from (DatasetRow(_recorded(record)) for record in self.source.records())
        elif isinstance(self.source, Path):
            for number, (line, row) in enumerate(read_rows(InputPath(str(self.source))), start=1):
                yield DatasetRow(sample_of(row, number, f"{self.source}:{line}"), row)
        else:
            for number, given in enumerate(self.source, start=1):
                yield _given(given, number)

    def samples(self) -> Iterator[Sample]:
        """The rows as samples."""
        return (row.sample for row in self.rows())


def dataset(data: str | Path | Results | Sequence[Any], *, all_rows: bool = False) -> Dataset:
    """The dataset that is meant: a file of rows, a run by its folder or its name, or rows.

    Args:
        all_rows: Of a run with a selector, all accepted rows, not only those chosen.
    """
    if isinstance(data, Results):
        return Dataset(data if all_rows else data.selected())
    if not isinstance(data, str | Path):
        return Dataset(data)
    if Path(data).is_file():
        return Dataset(Path(data))
    if Path(data).suffix.lower() in ROW_ENDINGS and not Path(data).is_dir():
        raise missing_file(InputPath(str(data)))
    return dataset(Results.load(data), all_rows=all_rows)


def sample_of(row: Mapping[str, Any], number: int, place: str) -> Sample:
    """A row of a file as a sample: DataGen's own record as it was, any other with its columns as fields.

    What the columns say (input, response, label) is read as for seeds. The id is the row's own, else its number.
    """
    if is_own(row) and "id" in row:
        try:
            return _recorded(row)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise InputError(
                f"a record of DataGen that can't be read: {error}",
                where=place,
                expected="a line of data.jsonl as it was written",
            ) from None
    label = row.get("label")
    said = as_sample(Seed(id=str(row.get("id", number)), text="", row=row))
    return Sample(
        id=said.id,
        input=said.input,
        response=said.response,
        label=label if isinstance(label, str) and label else None,
        fields={name: value for name, value in row.items() if name != "id"},
    )


def _recorded(record: Mapping[str, Any]) -> Sample:
    """A whole record as a sample; the passage that stands beside it is among what its method noted."""
    sample = Sample.from_json(record)
    if not record.get(PASSAGE):
        return sample
    method = {**sample.metadata.method, PASSAGE: record[PASSAGE]}
    return replace(sample, metadata=replace(sample.metadata, method=method))


def _given(given: Mapping[str, Any] | str | Sample, number: int) -> DatasetRow:
    if isinstance(given, Sample):
        return DatasetRow(given)
    row = {"text": given} if isinstance(given, str) else given
    return DatasetRow(sample_of(row, number, f"row {number}"), row)
