"""`datagen curate` and `datagen select`: a dataset that exists, judged or chosen from."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import click

from datagen_core.cli.apply import say_written
from datagen_core.cli.pass_options import FULL, OUTPUT, names, over_a_dataset, passed_on
from datagen_core.cli.run import LiveView, show_ending


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@OUTPUT
@click.option(
    "--by",
    default="judge-curate7",
    show_default=True,
    metavar="NAME[,NAME]",
    help="Validators that every row kept must pass.",
)
@click.option("--threshold", type=float, help="The validator's threshold, in its own scale.")
@click.option("--label", help="The column that holds the class.")
@over_a_dataset
@FULL
@click.option("-q", "--quiet", is_flag=True, help="No report at the end.")
def curate(
    data: Path, out: Path | None, by: str, threshold: float | None, as_json: bool, quiet: bool, **given: Any
) -> int:
    """Keep the rows of DATA that validators let pass; no row is changed.

    \b
    DATA is JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet.
      datagen curate data.jsonl --threshold 7 -m openai/gpt-4o-mini --max-cost 1 -o good.jsonl
      datagen curate data.jsonl --by dedup,language,pii -o clean.jsonl

    The other rows are in the run folder with reasons; the same command goes on after any stop.
    """
    from datagen_core.curating import curate as curate_rows

    view = LiveView(enabled=not as_json)
    with view, contextlib.redirect_stdout(sys.stderr):
        results = curate_rows(
            data, out, by=names(by), threshold=threshold, observe=view.show, say=view.say, **passed_on(given)
        )
    code = show_ending(results, as_json=as_json, quiet=quiet)
    if not as_json and not quiet:
        say_written(results, out)
    return code


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@OUTPUT
@click.option(
    "--by", required=True, metavar="NAME", help="The selector (datagen plugins list --kind selector)."
)
@click.option("-n", "--num-samples", "n", type=click.IntRange(min=1), help="Rows to keep at most.")
@click.option("--label", help="The column that holds the class.")
@over_a_dataset
@FULL
@click.option("-q", "--quiet", is_flag=True, help="No report at the end.")
def select(
    data: Path, out: Path | None, by: str, n: int | None, as_json: bool, quiet: bool, **given: Any
) -> int:
    """Choose rows of DATA by a selector; no row is changed.

    \b
    DATA is a file (JSONL, JSON, CSV, TSV, TXT, also .gz, or Parquet) or a run.
      datagen select data.jsonl --by deita -n 1000 -m openai/gpt-4o-mini --max-cost 1 -o best.jsonl
      datagen select RUN --by k-center -n 500 -o spread.jsonl

    The rows are written in the order in which they were chosen; why the others were left is in the run folder.
    """
    from datagen_core.curating import select as select_rows

    view = LiveView(enabled=not as_json)
    with view, contextlib.redirect_stdout(sys.stderr):
        results = select_rows(data, out, by=by, n=n, observe=view.show, say=view.say, **passed_on(given))
    code = show_ending(results, as_json=as_json, quiet=quiet)
    if not as_json and not quiet:
        say_written(results, out)
    return code
