"""`datagen apply`."""

from __future__ import annotations

import contextlib
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core.cli.run import LiveView, show_ending

if TYPE_CHECKING:
    from datagen_core.results import Results


@click.command()
@click.argument("transform")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "out", type=click.Path(path_type=Path), help="The file to write: .jsonl, .csv, .txt."
)
@click.option(
    "-m", "--model", metavar="NAME", help="The model, for all aliases; `rehearsal` tries without any."
)
@click.option("--with", "options", multiple=True, metavar="KEY=VALUE", help="An option of the transform.")
@click.option("--text", help="The column that holds the text.")
@click.option("--label", help="The column that holds the class.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many rows.")
@click.option("--max-cost", type=click.FloatRange(min=0), help="The most that the calls may cost.")
@click.option("--max-calls", type=click.IntRange(min=0), help="The most calls.")
@click.option("--max-tokens", type=click.IntRange(min=0), help="The most tokens read and written.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="A key of the recipe this comes to."
)
@click.option("--run", "folder", type=click.Path(path_type=Path), help="The run folder.")
@click.option("--cache", type=click.Path(path_type=Path), help="The folder of replies that runs share.")
@click.option("--full", is_flag=True, help="Write whole records, with metadata and lineage.")
@click.option("--fresh", is_flag=True, help="Start in a new folder; the old one is kept.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that --set plugins=[…] names.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No report at the end.")
def apply(
    transform: str,
    data: Path,
    out: Path | None,
    options: tuple[str, ...],
    text: str | None,
    label: str | None,
    limit: int | None,
    max_cost: float | None,
    max_calls: int | None,
    max_tokens: int | None,
    overrides: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    **more: Any,
) -> int:
    """Put each row of DATA through TRANSFORM (or several: `a,b`), once.

    \b
    TRANSFORM is a generator that changes rows (datagen plugins list).
    DATA is JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet.
      datagen apply evol-instruct data.jsonl -o harder.jsonl -m openai/gpt-4o-mini --max-cost 1

    The rows stay in their order, each with its lineage in the run folder; the same command goes on after any stop.
    """
    from datagen_core.applying import apply as apply_to

    budget = {"max_cost": max_cost, "max_calls": max_calls, "max_tokens": max_tokens}
    walls = [f"budget.{key}={value}" for key, value in budget.items() if value is not None]
    columns = {"text": text, "label": label, "limit": limit}
    view = LiveView(enabled=not as_json)
    with view, contextlib.redirect_stdout(sys.stderr):
        results = apply_to(
            [name for name in transform.split(",") if name.strip()],
            data,
            out,
            options=_options(options),
            columns={key: value for key, value in columns.items() if value is not None},
            overrides=(*walls, *overrides),
            observe=view.show,
            say=view.say,
            **more,
        )
    code = show_ending(results, as_json=as_json, quiet=quiet)
    if out is not None and not as_json and not quiet:
        why_not = _why_not(results)
        click.echo(f"not written: {out} ({why_not})" if why_not else f"written  {out}")
    return code


def _why_not(results: Results) -> str:
    """Why the file isn't there; "" where it is."""
    if any(sample.metadata.is_rehearsal for sample in itertools.islice(results.samples(), 1)):
        return "no model made these rows"
    return "" if results.status == "complete" else "not all rows went through yet"


def _options(assignments: tuple[str, ...]) -> dict[str, Any]:
    """`a.b=c` assignments as a mapping; values are YAML."""
    from datagen_core.recipe import override
    from datagen_core.yaml_source import Located

    target = Located({}, {}, "--with")
    for assignment in assignments:
        override(target, assignment)
    found: dict[str, Any] = target.data
    return found
