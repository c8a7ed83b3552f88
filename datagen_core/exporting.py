"""Writing samples to a file through an exporter, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from datagen_core.errors import RecipeError, RunError, UsageError
from datagen_core.jsontext import replacing
from datagen_core.plugins.host import Host, installed
from datagen_core.sample import Sample
from datagen_core.validating import validated
from datagen_core.yaml_source import Located


def export_samples(
    samples: Iterable[Sample],
    format: str,
    file: Path,
    options: Mapping[str, Any] | None = None,
    host: Host | None = None,
    *,
    rehearsal: bool = False,
) -> int:
    """Writes samples in a format and returns how many.

    Args:
        samples: The rows; streamed.
        format: An exporter's name.
        file: Where to; an existing file is replaced, once the new one is complete.
        options: The exporter's options.
        rehearsal: Write rows of a rehearsal too, which no model made.

    Raises:
        UsageError: rows of a rehearsal without `rehearsal`, or no rows at all.
        RecipeError: no such exporter, or options it doesn't have.
        RunError: the place can't be written.
    """
    offer, _ = (host or installed()).find("exporter", format)
    config = validated(
        offer.component.load_config(), dict(options or {}), Path.cwd(), Located({}, {}, "export"), ()
    )
    exporter = offer.component.load_impl()(config)
    try:
        with replacing(file) as draft:
            count: int = exporter.export(samples if rehearsal else _real(samples, file), draft)
            if count == 0:
                raise UsageError(
                    "there are no rows to export",
                    where=str(file),
                    expected="rows that were accepted and, where a selector chooses, kept",
                    hint="datagen report RUN says why there are none; a selection: datagen export RUN --all",
                )
    except OSError as error:
        raise RunError(f"can't be written: {error.strerror}", where=str(file)) from None
    return count


ENDINGS = {".jsonl": "jsonl", ".csv": "csv", ".txt": "text"}
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


def _real(samples: Iterable[Sample], file: Path) -> Iterator[Sample]:
    for sample in samples:
        if sample.metadata.is_rehearsal:
            raise UsageError(
                "the rows are a rehearsal's: no model made them",
                where=str(file),
                expected="a run with a model",
                hint="to look at them all the same: datagen export RUN --rehearsal",
            )
        yield sample


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
