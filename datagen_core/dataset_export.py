"""`export`: a dataset, a run's or a file's, written in the format of what reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core.dataset_rows import dataset
from datagen_core.errors import UsageError
from datagen_core.exporting import Exported, format_of, write_samples
from datagen_core.nothing import EMPTY
from datagen_core.results import Results


def export(
    data: str | Path | Results | Sequence[Any],
    out: str | Path,
    format: str | None = None,
    *,
    options: Mapping[str, Any] = EMPTY,
    all_rows: bool = False,
    rehearsal: bool = False,
    skip: bool = False,
    metadata: bool = False,
) -> Exported:
    """Writes a dataset to a file and says what is in it, and what isn't.

    Args:
        data: A file of rows (JSONL, JSON, CSV, TSV, TXT, Parquet), the folder or name of a run, or rows.
        out: The file.
        format: An exporter's name, or a preset's; by default by the file's ending.
        options: The exporter's options.
        all_rows: Of a run with a selector, the rows too that it left.
        rehearsal, skip, metadata: See `datagen_core.exporting.write_samples`.

    Raises what `write_samples` does, and InputError for a file that can't be read.

    Example:
        import datagen_core

        written = datagen_core.export("rows.jsonl", "train.jsonl", "chatml")
        print(written.rows, written.notices())
    """
    target = Path(out)
    if target.is_dir():
        raise UsageError(f"{target} is a folder", expected="a file name", hint=f"-o {target / 'train.jsonl'}")
    if isinstance(data, str | Path) and Path(data).is_file() and target.resolve() == Path(data).resolve():
        raise UsageError(
            "the data would be replaced by what is made of it", where=str(out), expected="another file"
        )
    return write_samples(
        dataset(data, all_rows=all_rows).samples(),
        format or format_of(target),
        target,
        options,
        rehearsal=rehearsal,
        skip=skip,
        metadata=metadata,
    )
