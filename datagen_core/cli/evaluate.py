"""`datagen evaluate`: what a run's rows, or those of a file, are worth."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core.cli.pass_options import over_a_dataset, passed_on
from datagen_core.cli.run import LiveView
from datagen_core.errors import UsageError

if TYPE_CHECKING:
    from datagen_core.evaluator import Evaluation


@click.command()
@click.argument("data", metavar="RUN|FILE")
@click.option("--by", metavar="NAME", help="The evaluator; of a run by default the one its recipe names.")
@click.option(
    "--documents",
    multiple=True,
    type=click.Path(path_type=Path),
    help="What the rows of FILE were made from: a file, a folder, a knowledge base.",
)
@click.option(
    "--recipe", type=click.Path(path_type=Path), help="The recipe of RUN; by default the one it began with."
)
@click.option("--label", help="The column that holds the class.")
@over_a_dataset
def evaluate(
    data: str, by: str | None, documents: tuple[Path, ...], recipe: Path | None, as_json: bool, **given: Any
) -> None:
    """Measure what the rows of RUN, or of FILE, are worth.

    \b
      datagen evaluate RUN                                   with the evaluation its recipe names
      datagen evaluate RUN --set evaluation=grounded-qa      with another one
      datagen evaluate qa.jsonl --by grounded-qa --documents docs/

    FILE is JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet.
    """
    from datagen_core.cli.report_tables import print_evaluation

    name, found = (
        _of_run(data, by, documents, recipe, given)
        if recipe is not None or _has_a_recipe(data)
        else _of_rows(data, by, documents, as_json, given)
    )
    if as_json:
        click.echo(json.dumps({"name": name, **found.to_json()}, ensure_ascii=False, indent=2))
    else:
        print_evaluation({"name": name, **found.to_json()})


def _has_a_recipe(data: str) -> bool:
    """Whether it is a run that a recipe file made, which knows what its rows were made from."""
    from datagen_core.results import Results

    return not Path(data).is_file() and Path(Results.load(data).store.get("recipe") or "").is_file()


def _of_rows(
    data: str, by: str | None, documents: tuple[Path, ...], as_json: bool, given: Any
) -> tuple[str, Evaluation]:
    from datagen_core.evaluating import evaluate as evaluate_rows

    if by is None:
        raise UsageError(
            "no recipe says how to evaluate these rows",
            where=data,
            expected="an evaluator",
            hint=f"datagen evaluate {data} --by NAME (datagen plugins list --kind evaluator)",
        )
    view = LiveView(enabled=not as_json)
    with view, contextlib.redirect_stdout(sys.stderr):
        found = evaluate_rows(
            data, by=by, documents=documents, observe=view.show, say=view.say, **passed_on(given)
        )
    return by, found


def _of_run(
    run: str, by: str | None, documents: tuple[Path, ...], recipe: Path | None, given: Any
) -> tuple[str, Evaluation]:
    from datagen_core.resolve import resolve
    from datagen_core.results import Results
    from datagen_core.runs import evaluate_run, load_of

    told = passed_on(given)
    if stray := [*documents, *told["columns"]]:
        raise UsageError(
            f"{stray[0]} is said of a run, which knows what its rows were made from",
            expected="a file of rows, or no more than a run and an evaluator",
        )
    results = Results.load(run)
    named = [f"evaluation={json.dumps({'use': by, 'with': told['options']})}"] if by else []
    loaded = load_of(results, recipe, changes=(*named, *told["overrides"]), model=told["model"])
    job = resolve(loaded, trust_local=told["trust_local"])
    done = evaluate_run(results.folder, job, lambda step: click.echo(f"{step} …", err=True))
    return done.evaluations()[-1]
