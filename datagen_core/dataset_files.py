"""The file that a pass over a dataset leaves: rows as they were given, with their other columns, or their passages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core.columns import flat
from datagen_core.dataset_columns import OF_OUR_RECORDS, beside
from datagen_core.exporting import export_samples, format_of
from datagen_core.generator import Generator
from datagen_core.inputs import Seed
from datagen_core.job import Job
from datagen_core.jsontext import dumps, replacing
from datagen_core.results import Results
from datagen_core.row_forms import as_sample, is_own
from datagen_core.sample import Sample
from datagen_core.sources import CITATION, PASSAGE, Sources


def write_rows(chosen: Results, job: Job, target: Path, *, full: bool) -> None:
    """Writes them, by the ending of the file.

    A table holds what the rows are now and the data's other columns; of rows made from documents, the passages that
    they were made from. Rows that nothing changes are written as they were given. A text file, and `full` records,
    are what exporters make of the rows themselves.
    """
    is_table = not full and target.suffix.lower() != ".txt"
    is_given = all(link.part.is_identity for arm in job.arms for link in arm.links)
    if is_table and is_given and target.suffix.lower() == ".jsonl":
        with replacing(target) as draft, draft.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{dumps(row)}\n" for row in _given(chosen, job))
        return
    rows: Iterator[Sample] = chosen.samples()
    if is_table and not job.is_one_pass:
        rows = _with_passages(chosen, job)
    elif is_table:
        rows = _as_records(_given(chosen, job)) if is_given else _joined(chosen, job)
    export_samples(rows, format_of(target), target, {"full": True} if full else {})


def _with_passages(results: Results, job: Job) -> Iterator[Sample]:
    """The rows as records that also hold what they cite, and its text: each step after can work from the file alone."""
    sources = Sources(job.inputs)
    for sample in results.samples():
        cited = sources.cited(sample)
        columns = {name: value for name, value in flat(sample).items() if name != "id"}
        known = {*columns} | ({"question"} if cited.get("question") == sample.input else set())
        told = {name: cited[name] for name in CITATION if name in cited and name not in known}
        yield Sample(id=sample.id, fields={**columns, **told, PASSAGE: sources.of(sample)})


def _given(results: Results, job: Job) -> Iterator[Mapping[str, Any]]:
    """The rows of the data that were kept, as they were read; of DataGen's records the columns that trainers read."""
    rows = {
        seed.id: flat(Sample.from_json(seed.row)) if is_own(seed.row) else seed.row
        for seed in job.inputs.seeds
    }
    parents = results.store.parents()
    return (rows[root(sample.id, parents)] for sample in results.samples())


def _as_records(rows: Iterator[Mapping[str, Any]]) -> Iterator[Sample]:
    """As samples, each with the columns of all; an id of theirs stays."""
    given = list(rows)
    names = dict.fromkeys(name for row in given for name in row)
    for at, row in enumerate(given):
        yield Sample(id=str(row.get("id", at + 1)), fields={name: row.get(name) for name in names})


def _joined(results: Results, job: Job) -> Iterator[Sample]:
    """The rows as records of their columns and of those columns of the data that no row was read from."""
    seeds, links = job.inputs.seeds, [link.part for arm in job.arms for link in arm.links]
    place = {seed.id: at for at, seed in enumerate(seeds)}
    parents = results.store.parents()
    more = [_beside(seed) for seed in seeds]
    others = dict.fromkeys(name for columns in more for name in columns)
    for sample in results.samples():
        at = place[root(sample.id, parents)]
        row = seeds[at].row
        told = {"source_id": row["id"]} if "id" in row else {"source_row": at + 1}
        kept = {name: more[at].get(name) for name in others}
        columns = {name: value for name, value in flat(sample).items() if name != "id"}
        more_kept = {k: v for k, v in _carried(kept, links).items() if k not in columns}
        yield Sample(id=sample.id, fields={**columns, **more_kept, **_carried(told, links)})


def _beside(seed: Seed) -> dict[str, Any]:
    found = beside(seed.row, as_sample(seed))
    return {
        name: value for name, value in found.items() if not is_own(seed.row) or name not in OF_OUR_RECORDS
    }


def _carried(columns: Mapping[str, Any], links: Sequence[Generator[Any]]) -> Mapping[str, Any]:
    for link in links:
        columns = link.carried(columns)
    return columns


def root(row: str, parents: Mapping[str, Sequence[str]]) -> str:
    """The seed that a row goes back to, by its first parents."""
    while row in parents:
        row = parents[row][0]
    return row
