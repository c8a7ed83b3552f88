"""`datagen apply`."""

from __future__ import annotations

import contextlib
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core.cli.pass_options import FULL, OUTPUT, names, over_a_dataset, passed_on
from datagen_core.cli.run import LiveView, show_ending

if TYPE_CHECKING:
    from datagen_core.results import Results


@click.command()
@click.argument("transform")
@click.argument("data", type=click.Path(path_type=Path))
@OUTPUT
@click.option("-n", "--num-samples", "n", type=click.IntRange(min=1), help="Rows to make from documents.")
@click.option("--label", help="The column that holds the class.")
@over_a_dataset
@FULL
@click.option("-q", "--quiet", is_flag=True, help="No report at the end.")
def apply(
    transform: str, data: Path, out: Path | None, n: int | None, as_json: bool, quiet: bool, **given: Any
) -> int:
    """Put each row of DATA through TRANSFORM (or several: `a,b`), once.

    \b
    TRANSFORM is a generator that changes rows (datagen plugins list).
    DATA is JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet.
      datagen apply evol-instruct data.jsonl -o harder.jsonl -m openai/gpt-4o-mini --max-cost 1
    Or it makes rows from documents, and DATA are these: a file, a folder, a knowledge base.
      datagen apply extractive docs/ -n 200 -o qa.jsonl

    The rows stay in their order, each with its lineage in the run folder; the same command goes on after any stop.
    """
    from datagen_core.applying import apply as apply_to

    view = LiveView(enabled=not as_json)
    with view, contextlib.redirect_stdout(sys.stderr):
        results = apply_to(
            names(transform), data, out, n=n, observe=view.show, say=view.say, **passed_on(given)
        )
    code = show_ending(results, as_json=as_json, quiet=quiet)
    if not as_json and not quiet:
        say_written(results, out)
    return code


def say_written(results: Results, out: Path | None) -> None:
    """Says that the file is written, or why it isn't; nothing where none was asked for."""
    if out is not None:
        why_not = _why_not(results)
        there = f"; the {len(results):,} there are: {results.folder / 'data.jsonl'}" if len(results) else ""
        click.echo(f"not written: {out} ({why_not}{there})" if why_not else f"written  {out}")
        if results.status == "short":
            click.echo(f"         {len(results):,} rows, all that could be made: datagen report says why")


def _why_not(results: Results) -> str:
    """Why the file isn't there; "" where it is."""
    from datagen_core.dataset_pass import is_over

    if any(sample.metadata.is_rehearsal for sample in itertools.islice(results.samples(), 1)):
        return "no model made these rows"
    return "" if is_over(results) else "not all rows went through yet"
