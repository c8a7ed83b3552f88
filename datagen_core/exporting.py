"""Writing samples to a file through an exporter, whole or not at all."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from datagen_core.columns import metadata_of
from datagen_core.errors import RecipeError, RunError, UsageError
from datagen_core.exporter import Exporter
from datagen_core.jsontext import dumps, replacing
from datagen_core.nothing import EMPTY
from datagen_core.plugins.host import Host, installed
from datagen_core.refusal import Refusal
from datagen_core.sample import Sample
from datagen_core.validating import validated
from datagen_core.yaml_source import Located


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote.

    Attributes:
        rows: How many rows.
        files: The dataset, then what lies beside it.
        left_out: Why rows are missing that didn't fit → how many.
        lost: What of rows the format has no place for → of how many.
        told: What else the exporter says of them, in sentences.
    """

    rows: int
    files: tuple[Path, ...]
    left_out: Mapping[str, int] = EMPTY
    lost: Mapping[str, int] = EMPTY
    told: tuple[str, ...] = ()

    def notices(self) -> list[str]:
        """What isn't in the file, and what else is to be said, in sentences; none where all is as asked."""
        said = [f"left out {_rows(n)}: {why}" for why, n in self.left_out.items()]
        said += [f"the format has no place for {what} ({_rows(n)})" for what, n in self.lost.items()]
        return [*said, *self.told]


def export_samples(
    samples: Iterable[Sample],
    format: str,
    file: str | Path,
    options: Mapping[str, Any] | None = None,
    host: Host | None = None,
    *,
    rehearsal: bool = False,
    say: Callable[[str], None] = lambda notice: None,
) -> int:
    """Writes samples in a format and returns how many; `say` is told the notices. See `write_samples`."""
    written = write_samples(samples, format, file, options, host, rehearsal=rehearsal)
    for notice in written.notices():
        say(notice)
    return written.rows


def write_samples(
    samples: Iterable[Sample],
    format: str,
    file: str | Path,
    options: Mapping[str, Any] | None = None,
    host: Host | None = None,
    *,
    rehearsal: bool = False,
    skip: bool = False,
    metadata: bool = False,
) -> Exported:
    """Writes samples in a format, with what must lie beside the file.

    Args:
        samples: The rows; streamed.
        format: An exporter's name, or a preset's.
        file: Where to; an existing file is replaced, once the new one is complete.
        options: The exporter's options.
        rehearsal: Write rows of a rehearsal too, which no model made.
        skip: Leave out rows that don't fit the format, instead of refusing all.
        metadata: Write metadata and lineage of each row beside the file, to `<stem>.metadata.jsonl`.

    Raises:
        UsageError: rows of a rehearsal without `rehearsal`, a row that doesn't fit, or no rows at all.
        RecipeError: no such exporter, or options it doesn't have.
        RunError: the place can't be written.
    """
    file, exporter = Path(file), exporter_of(format, options, host)
    refuse_run_file(file)
    stream = iter(samples if rehearsal else real(samples, file))
    first = next(stream, None)
    if first is None:
        raise _no_rows(file, {})
    exporter = exporter.for_rows(first)
    held = (
        {} if file.exists() and not file.is_file() else exporter.companions(file)
    )  # nothing lies beside a pipe
    companions = {file.with_name(name): _text(file, name, what) for name, what in held.items()}
    beside = file.with_name(f"{file.stem}.metadata.jsonl")
    tally = _Tally(exporter, format, file, skip)
    try:
        with ExitStack() as stack:
            draft = stack.enter_context(replacing(file))
            lines = stack.enter_context(_open(stack.enter_context(replacing(beside)))) if metadata else None
            count: int = exporter.export(tally.fitting(chain([first], stream), lines), draft)
            if count == 0:
                raise _no_rows(file, tally.left_out)
            for place, text in companions.items():
                with _open(stack.enter_context(replacing(place))) as out:
                    out.write(text)
    except OSError as error:
        raise RunError(f"can't be written: {error.strerror}", where=str(file)) from None
    files = (file, *companions, *([beside] if metadata else []))
    told = tuple(exporter.notices())
    return Exported(rows=count, files=files, left_out=tally.left_out, lost=tally.lost, told=told)


def exporter_of(
    format: str, options: Mapping[str, Any] | None = None, host: Host | None = None
) -> Exporter[Any]:
    """The exporter of a name or a preset's, with options; raises RecipeError for ones that aren't there."""
    offer, preset = (host or installed()).find("exporter", format)
    given = {**(preset.options if preset else {}), **(options or {})}
    config = validated(offer.component.load_config(), given, Path.cwd(), Located({}, {}, "export"), ())
    exporter: Exporter[Any] = offer.component.load_impl()(config)
    return exporter


ENDINGS = {".jsonl": "jsonl", ".csv": "csv", ".txt": "text", ".parquet": "parquet"}
"""File ending → exporter."""


def format_of(file: Path) -> str:
    """The exporter that a file's ending means; raises UsageError for another ending."""
    name = ENDINGS.get(file.suffix.lower())
    if name is None:
        raise UsageError(
            f"can't tell the format from the ending {file.suffix!r}",
            where=str(file),
            expected=f"one of {', '.join(ENDINGS)}, or a format",
            hint="name an exporter: datagen plugins list --kind exporter",
        )
    return name


class _Tally:
    """Lets the rows through that fit, and counts what doesn't."""

    def __init__(self, exporter: Exporter[Any], format: str, file: Path, skip: bool) -> None:
        self._exporter, self._format, self._file, self._skip = exporter, format, file, skip
        self.left_out: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()

    def fitting(self, samples: Iterable[Sample], metadata: TextIO | None) -> Iterator[Sample]:
        row = 0
        for sample in samples:
            fit = self._exporter.fit(sample)
            if fit.refusal is not None:
                self._refused(sample, fit.refusal)
                continue
            row += 1
            self.lost.update(fit.lost)
            if metadata is not None:
                metadata.write(dumps({"row": row, **metadata_of(sample)}) + "\n")
            yield sample

    def _refused(self, sample: Sample, refusal: Refusal) -> None:
        if not self._skip:
            raise unfit(self._format, sample, refusal, str(self._file))
        self.left_out[f"{refusal.reason} (expected: {refusal.rule})"] += 1


def unfit(format: str, sample: Sample, refusal: Refusal, where: str | None = None) -> UsageError:
    """The error for a row that doesn't fit a format."""
    found = "" if refusal.measured is None else f", found {refusal.measured}"
    hint = refusal.params.get("hint")
    skip = "--skip leaves such rows out and counts them"
    return UsageError(
        f"row {sample.id} can't be written as {format}: {refusal.reason}{found}",
        where=where,
        expected=refusal.rule,
        hint=f"{hint}; {skip}" if hint else skip,
    )


def _text(file: Path, name: str, held: str | Mapping[str, Any]) -> str:
    """What a companion will hold; keys are set in the object that is there."""
    place = file.with_name(name)
    if place == file:
        raise UsageError(f"{name} must lie beside the dataset", where=str(file), expected="another file name")
    if isinstance(held, str):
        return held
    try:
        there = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
    except (ValueError, OSError) as error:
        raise UsageError(f"can't be added to: {error}", where=str(place), expected="a JSON object") from None
    if not isinstance(there, dict):
        raise UsageError("can't be added to: it holds no object", where=str(place), expected="a JSON object")
    return json.dumps({**there, **held}, indent=2) + "\n"  # ASCII: readers may open it in any encoding


def _open(draft: Path) -> TextIO:
    return draft.open("w", encoding="utf-8", newline="\n")


def _rows(n: int) -> str:
    return f"{n:,} row" if n == 1 else f"{n:,} rows"


def _no_rows(file: Path, left_out: Mapping[str, int]) -> UsageError:
    if left_out:
        why, n = next(iter(left_out.items()))
        return UsageError(
            f"no row fits the format ({_rows(n)}: {why})",
            where=str(file),
            expected="rows that it can hold",
            hint="datagen export DATA -f jsonl writes rows of any form",
        )
    return UsageError(
        "there are no rows to export",
        where=str(file),
        expected="rows that were accepted and, where a selector chooses, kept",
        hint="datagen report RUN says why there are none; a selection: datagen export RUN --all",
    )


def real(samples: Iterable[Sample], file: Path) -> Iterator[Sample]:
    """The samples; raises UsageError at one that no model made."""
    for sample in samples:
        if sample.metadata.is_rehearsal:
            raise UsageError(
                "the rows are a rehearsal's: no model made them",
                where=str(file),
                expected="a run with a model",
                hint="to look at them all the same: datagen export RUN --rehearsal",
            )
        yield sample


RUN_FILES = re.compile(r"run\.db.*|(?:data|rejected|selected|log)\.jsonl|recipe\.lock\.yaml|\..*")
"""What lies in a run folder and was not exported."""


def refuse_run_file(file: Path) -> None:
    """Raises UsageError for a file that a run keeps: its rows were paid for."""
    if (file.parent / "run.db").is_file() and RUN_FILES.fullmatch(file.name):
        raise UsageError(
            f"{file.name} is a file of the run itself",
            where=str(file),
            expected="another name, or a place outside of the run folder",
            hint=f"-o {file.with_name('train' + (file.suffix or '.jsonl'))}",
        )


def check_export_path(path: str) -> Path:
    """The absolute place of a recipe's export; a path that leaves the working folder is refused."""
    here = Path.cwd().resolve()
    target = (here / Path(path)).resolve()
    if not target.is_relative_to(here) or target == here:
        raise RecipeError(
            f"the export path {path!r} leaves the working folder",
            where=str(target),
            expected=f"a file below {here}",
            hint=f"leave it out and write it by hand: datagen export RUN -o {path}",
        )
    parts = target.relative_to(here).parts
    if (
        any(part.startswith(".") for part in parts)
        or parts[0] == "runs"
        or (target.exists() and not target.is_file())
    ):
        raise RecipeError(
            f"a recipe may not write {path!r}",
            where=str(target),
            expected="a plain file, neither hidden nor inside runs/",
            hint=f"leave it out and write it by hand: datagen export RUN -o {path}",
        )
    return target
