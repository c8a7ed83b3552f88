"""`datagen audit`: a person grades a few of a run's rows, and so corrects its judges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from datagen_core.errors import RunError

if TYPE_CHECKING:
    from datagen_core.sample import Sample


@click.command()
@click.argument("run")
@click.option(
    "--share",
    default=0.15,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="Of the batches.",
)
@click.option("--rows", default=3, show_default=True, type=click.IntRange(1), help="Of one batch, at most.")
@click.option("-n", "most", type=click.IntRange(1), help="Stop after so many rows.")
@click.option("--json", "as_json", is_flag=True, help="Ask nothing; print the grades so far by arm as JSON.")
def audit(run: str, share: float, rows: int, most: int | None, as_json: bool) -> None:
    """Grade a few rows of RUN yourself, from 0 to 10, without seeing which arm made them.

    The run's own quality scores are corrected by the difference, arm by arm, from when it next goes on: a judge that
    an arm flatters loses its say. Nothing is accepted or rejected by it. Stop whenever you like.
    """
    from itertools import islice

    from datagen_core.hand_audits import by_arm, keep_grade, to_grade
    from datagen_core.results import Results
    from datagen_core.run_folders import alone
    from datagen_core.store.run_store import RunStore

    results = Results.load(run)
    if as_json:
        click.echo(json.dumps(by_arm(results.store), ensure_ascii=False, indent=2))
        return
    with alone(results.folder):
        store = RunStore(results.folder / "run.db")
        try:
            waiting = list(islice(to_grade(store, share=share, rows=rows), most))
            if not waiting and not by_arm(store):
                raise RunError(
                    "there is nothing to grade", where=run, hint=f"--share {min(1.0, share * 4):g}"
                )
            for at, row in enumerate(waiting):
                grade = _asked(f"row {at + 1} of {len(waiting)}", row.sample)
                if grade is None:
                    break
                if grade >= 0:
                    keep_grade(store, row, grade / 10)
            _print(by_arm(store), run)
        finally:
            store.close()


def _asked(title: str, row: Sample) -> float | None:
    """The grade from 0 to 10; -1 to skip, None to stop."""
    from datagen_core.cli.tables import visible

    click.echo(f"\n— {title}")
    for name, text in (("label", row.label or ""), ("input", row.input), ("response", row.response)):
        if text:
            click.echo(f"{name}: {visible(text)}")
    while True:
        said = click.prompt("grade 0–10, s to skip, q to stop", default="s").strip().lower()
        if said in ("s", "q"):
            return -1.0 if said == "s" else None
        try:
            grade = float(said)
        except ValueError:
            grade = -1.0
        if 0 <= grade <= 10:
            return grade
        click.echo("a number from 0 to 10, s or q")


def _print(found: list[dict[str, Any]], run: str) -> None:
    from datagen_core.cli.tables import console, number, table

    rows = [
        [one["arm"], one["graded"], *(number(one[key]) for key in ("grade", "quality", "correction"))]
        for one in found
    ]
    console().print(table("grades", ["arm", "rows", "yours", "the run's", "correction"], rows))
    click.echo(f"next   start the run again to go on with the corrections; datagen report {run}")
