"""`datagen validators measure`: how well a validator tells good rows from bad ones."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core.cli.pass_options import names, over_a_dataset, passed_on
from datagen_core.cli.run import LiveView

if TYPE_CHECKING:
    from datagen_core.measuring import Measured

MOST_SHOWN = 20


@click.group()
def validators() -> None:
    """Measure validators on labelled rows."""


@validators.command("measure")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--by", required=True, metavar="NAME[,NAME]", help="The validator, or several that judge together."
)
@click.option("--label", required=True, metavar="FIELD", help="The column that says what a row is.")
@click.option(
    "--bad",
    multiple=True,
    metavar="VALUE",
    help="A label of rows that should be rejected; by default all but 0, false, no, none, ok, good, clean, pass.",
)
@over_a_dataset
def measure(data: Path, by: str, label: str, bad: tuple[str, ...], as_json: bool, **given: Any) -> int:
    """Print precision, recall and F1 of a validator on the labelled rows of DATA.

    \b
      datagen validators measure comments.jsonl --by toxicity --label toxic --with threshold=0.3

    A rejection is right where the row is bad. The column FIELD isn't shown to the validator.
    """
    from datagen_core.measuring import measure as measure_rows

    view = LiveView(enabled=not as_json)
    with view, contextlib.redirect_stdout(sys.stderr):
        found = measure_rows(
            data, by=names(by), label=label, bad=bad, observe=view.show, say=view.say, **passed_on(given)
        )
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        _print(found)
    return 0 if found.results.status == "complete" else 3


def _print(found: Measured) -> None:
    from datagen_core.cli.tables import console, percent, table

    out, counts = console(), found.counts
    bad = counts.bad_rejected + counts.bad_passed
    out.print(
        table(
            f"{counts.rows:,} labelled rows, of which {bad:,} are bad", ["", "value", "95 %"], _shares(found)
        )
    )
    rows: list[list[Any]] = [
        [label, n, rejected, percent(rejected / n)] for label, (n, rejected) in found.by_label.items()
    ]
    out.print(table("by label", ["label", "rows", "rejected", "share"], rows[:MOST_SHOWN]))
    if found.by_reason:
        rows = [[reason, bad, good] for reason, (bad, good) in found.by_reason.items()]
        columns = ["validator: reason", "of bad rows", "of good rows"]
        out.print(table("rejections by reason", columns, rows[:MOST_SHOWN]))
    if found.unlabelled:
        out.print(f"{found.unlabelled:,} rows have no label, or weren't judged, and don't count")
    if found.results.status != "complete":
        out.print(f"[yellow]not all rows were judged: {found.results.ending['why']}[/yellow]")
    cpu_s = 1000 * found.cpu_s / max(1, counts.rows)
    out.print(
        f"{cpu_s:.2f} s of CPU per 1,000 rows, the run's own work included; rows: {found.results.folder}"
    )


def _shares(found: Measured) -> list[list[Any]]:
    from datagen_core.cli.tables import number
    from datagen_core.measuring import interval

    counts = found.counts
    rejected, passed = counts.bad_rejected + counts.good_rejected, counts.good_rejected + counts.good_passed
    bad = counts.bad_rejected + counts.bad_passed
    return [
        ["precision", number(counts.precision), _span(interval(counts.bad_rejected, rejected))],
        ["recall", number(counts.recall), _span(interval(counts.bad_rejected, bad))],
        ["F1", number(counts.f1), ""],
        ["false alarms", number(counts.false_alarms), _span(interval(counts.good_rejected, passed))],
        [
            "accuracy",
            number(counts.accuracy),
            _span(interval(counts.bad_rejected + counts.good_passed, counts.rows)),
        ],
    ]


def _span(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.3f} – {ends[1]:.3f}"
