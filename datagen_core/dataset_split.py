"""`split_dataset`: a dataset, a run's or a file's, in parts such as train and test that share no source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from datagen_core.dataset_rows import Dataset, DatasetRow, dataset
from datagen_core.errors import UsageError
from datagen_core.exporting import Exported, exporter_of, real, unfit, write_samples
from datagen_core.jsontext import dumps, replacing
from datagen_core.nothing import EMPTY
from datagen_core.results import Results
from datagen_core.sample import Sample
from datagen_core.splitting import asked, counts_by, groups_by, split

SHARES: Mapping[str, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
LINEAGE = ("parents", "parent_id", "source_id", "source_row", "chunk_ids", "chunk_id")
"""Columns of files that say what a row was made from."""
SIDE = ".metadata.jsonl"
"""How files end that `export --metadata` lays beside a dataset."""
SHOWN = 5
PART = re.compile(r"\w[\w.-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its rows, how many groups of a common source they make, and its file, where one was written."""

    rows: Sequence[DatasetRow]
    groups: int
    share: float
    wanted: float
    file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitDataset:
    """What a split gave.

    Attributes:
        parts: Name → part.
        kept_together: What kept rows in one part, in words.
        largest: Rows of the largest group that stays together.
        strata: Value of the column stratified by → part → rows; empty without one.
        notices: What isn't in the files, and what else is to be said of them, in sentences.
    """

    parts: Mapping[str, Part]
    kept_together: str
    largest: int
    strata: Mapping[str, Mapping[str, int]] = EMPTY
    notices: Sequence[str] = ()


def split_dataset(
    data: str | Path | Results | Sequence[Any],
    folder: str | Path | None = None,
    shares: Mapping[str, float] = SHARES,
    *,
    by: str | None = None,
    stratify: str | None = None,
    seed: int = 0,
    format: str = "jsonl",
    options: Mapping[str, Any] = EMPTY,
    all_rows: bool = False,
    rehearsal: bool = False,
) -> SplitDataset:
    """Splits a dataset so that no two parts share a source, and writes a file for each part.

    Args:
        data: A file of rows, the folder or name of a run, or rows.
        folder: Where to write `<part>.<ending>`; None writes nothing.
        shares: Part → its weight; see `datagen_core.splitting.split`, also for `stratify` and `seed`.
        by: What keeps rows together: `source`, `input`, `row` or a column. By default, of a run its lineage; of a file
            what says from what its rows were made (records of DataGen; columns such as source_id or chunk_id); where
            nothing does, the same input.
        format: An exporter's name. Rows of a file are written as they were given in `jsonl`.
        options: The exporter's options.
        all_rows, rehearsal: As in `datagen_core.export`.

    Raises:
        UsageError: too few groups for a part each, a part that can't be a file's name, rows that don't fit the format,
            a folder that holds other files of the parts' ending.
    """
    wrong = next((name for name in shares if not PART.fullmatch(name)), None)
    if wrong is not None:
        raise UsageError(f"a part can't be called {wrong!r}", expected="letters, digits, dots and dashes")
    source = dataset(data, all_rows=all_rows)
    rows = list(source.rows())
    samples = [row.sample for row in rows]
    if not samples:
        raise UsageError("there are no rows to split", where=str(data), expected="a dataset with rows")
    key, parents, said = (by, _parents(source, rows), f"by {by}") if by else _usual(source, rows)
    parts = split(samples, shares, seed=seed, by=key, stratify=stratify, parents=parents)
    whole = {id(row.sample): row for row in rows}
    dealt = {name: [whole[id(sample)] for sample in part] for name, part in parts.items() if part}
    written: dict[str, Exported] = {}
    if folder is not None:
        list(real([] if rehearsal else samples, Path(folder)))
        written = _written(dealt, Path(folder), format, options)
    total = sum(shares.values())
    return SplitDataset(
        parts={
            name: Part(
                rows=part,
                groups=len(groups_by([row.sample for row in part], key, parents)),
                share=len(part) / len(rows),
                wanted=shares[name] / total,
                file=written[name].files[0] if written else None,
            )
            for name, part in dealt.items()
        },
        kept_together=said,
        largest=max(map(len, groups_by(samples, key, parents))),
        strata=counts_by(parts, stratify) if stratify else {},
        notices=[f"{name}: {told}" for name, part in written.items() for told in part.notices()],
    )


def _usual(source: Dataset, rows: Sequence[DatasetRow]) -> tuple[str, Mapping[str, Sequence[str]], str]:
    """What keeps rows together where nobody says so: the key, further parents, and the same in words."""
    parents = _parents(source, rows)
    if source.run is not None:
        return "source", parents, "by the run's lineage"
    if any(row.sample.trace.parents for row in rows):
        return (
            "source",
            parents,
            "by the records' parents; links through rows that aren't in the file can't be seen",
        )
    used = [name for name in LINEAGE if any(row.sample.fields.get(name) is not None for row in rows)]
    lacking = sum(row.sample.id not in parents for row in rows)
    if used and lacking:
        alike = _gathered((row.sample.id, [f"input {asked(row.sample)}"]) for row in rows)
        alike = _gathered([*parents.items(), *alike.items()])
        said = f"by {', '.join(used)}, and by the same input, as {lacking:,} rows have none of these"
        return "source", alike, said
    if used:
        return "source", parents, f"by {', '.join(used)}"
    return "input", {}, "by the same input: no column says from what rows were made (--by COLUMN)"


def _parents(source: Dataset, rows: Sequence[DatasetRow]) -> Mapping[str, Sequence[str]]:
    """Id → ids of what a row was made from, beside what samples say themselves."""
    if source.run is not None:
        return source.run.store.parents()
    return _gathered((row.sample.id, found) for row in rows if (found := _lineage(row.sample)))


def _gathered(pairs: Iterable[tuple[str, Sequence[str]]]) -> dict[str, list[str]]:
    """Id → all that is said of it: a file may use an id twice."""
    found: dict[str, list[str]] = {}
    for identity, ids in pairs:
        found.setdefault(identity, []).extend(ids)
    return found


def _lineage(sample: Sample) -> list[str]:
    """The ids in a row's columns of lineage. Numbers are told apart by what they number: chunks, rows of a source …"""
    found = {name: sample.fields.get(name) for name in LINEAGE}
    listed = {name: one if isinstance(one, list) else [one] for name, one in found.items() if one is not None}
    return [
        f"{name.removesuffix('s')} {one}" if str(one).isdecimal() else str(one)
        for name, each in listed.items()
        for one in each
    ]


def _written(
    parts: Mapping[str, Sequence[DatasetRow]], folder: Path, format: str, options: Mapping[str, Any]
) -> dict[str, Exported]:
    """Part → what was written: rows of files in jsonl as they were given, all others through the exporter."""
    exporter = exporter_of(format, options)
    files = {name: folder / f"{name}{exporter.suffix}" for name in parts}
    _refuse_others(folder, exporter.suffix, files)
    if format == "jsonl" and not options and all(row.given for row in chain(*parts.values())):
        return _as_given(parts, files)
    for part in parts.values():  # all before the first is written
        fitting = exporter.for_rows(part[0].sample)
        for row in part:
            if refusal := fitting.fit(row.sample).refusal:
                raise unfit(format, row.sample, refusal, str(folder))
    return {
        name: write_samples((row.sample for row in part), format, files[name], options, rehearsal=True)
        for name, part in parts.items()
    }


def _as_given(parts: Mapping[str, Sequence[DatasetRow]], files: Mapping[str, Path]) -> dict[str, Exported]:
    with ExitStack() as stack:
        for name, part in parts.items():
            draft = stack.enter_context(replacing(files[name]))
            draft.write_text("".join(f"{dumps(row.given)}\n" for row in part), encoding="utf-8", newline="\n")
    return {name: Exported(rows=len(part), files=(files[name],)) for name, part in parts.items()}


def _refuse_others(folder: Path, suffix: str, files: Mapping[str, Path]) -> None:
    """Refuses a folder with files like the parts that aren't replaced: their rows may be in the new parts too."""
    ours = {file.name for file in files.values()}
    others = [
        file.name
        for file in sorted(folder.glob(f"*{suffix}"))
        if file.name not in ours and not file.name.startswith(".") and not file.name.endswith(SIDE)
    ]
    if others:
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        raise UsageError(
            f"the folder holds files that are none of the parts: {', '.join(others[:SHOWN])}{more}",
            where=str(folder),
            expected=f"a folder without other {suffix} files: rows of theirs may be in the new parts too",
            hint="-o ANOTHER_FOLDER; or remove them, where an earlier split left them",
        )
