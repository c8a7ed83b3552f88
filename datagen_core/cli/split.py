"""`datagen split`: the rows of a run or of a file in parts that share no source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core.errors import UsageError

if TYPE_CHECKING:
    from datagen_core.dataset_split import SplitDataset

MISSED = 0.1
"""How far a part's share may be from the one wanted until it is said why."""
_WEIGHT = click.FloatRange(min=0)


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder of the files.",
)
@click.option("--train", type=_WEIGHT, help="The share of train.jsonl; without any, 0.8, 0.1 and 0.1.")
@click.option("--validation", type=_WEIGHT, help="The share of validation.jsonl.")
@click.option("--test", type=_WEIGHT, help="The share of test.jsonl.")
@click.option("--shares", metavar="NAME=SHARE,…", help="Parts of other names: train=0.7,dev=0.3.")
@click.option(
    "--by", metavar="WHAT", help="What stays together: source, input, row, or the values of a column."
)
@click.option(
    "--stratify", metavar="COLUMN", help="A column, label or arm: each part gets its share of each value."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which of equal groups go where."
)
@click.option("-f", "--format", "format", default="jsonl", show_default=True, help="An exporter's name.")
@click.option("--set", "options", multiple=True, metavar="KEY=VALUE", help="An option of the exporter.")
@click.option("--all", "all_rows", is_flag=True, help="All accepted rows, those too that a selector left.")
@click.option("--rehearsal", is_flag=True, help="Write the rows of a rehearsal, which no model made.")
@click.option("--json", "as_json", is_flag=True, help="The table as JSON.")
def split(
    data: Path,
    folder: Path,
    shares: str | None,
    options: tuple[str, ...],
    as_json: bool,
    train: float | None,
    validation: float | None,
    test: float | None,
    **given: Any,
) -> None:
    """Split the rows of DATA into train, validation and test; rows of one source go to one part.

    \b
    DATA is a run, or a file: JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet.
      datagen split RUN -o parts --train 0.8 --test 0.2 --stratify label
      datagen split rows.jsonl -o parts --by document -f chatml

    Rows stay in their order; those of a file are written as they were given (jsonl).
    """
    from datagen_core.cli.pass_options import assignments
    from datagen_core.dataset_split import SHARES, split_dataset

    named = {"train": train, "validation": validation, "test": test}
    told = {name: share for name, share in named.items() if share is not None}
    if shares and told:
        raise UsageError("shares are given twice", expected="--shares, or --train, --validation and --test")
    wanted = _parsed(shares) if shares else told or SHARES
    done = split_dataset(data, folder, wanted, options=assignments(options), **given)
    for notice in done.notices:
        click.echo(notice, err=True)
    if as_json:
        click.echo(json.dumps(_to_json(done), ensure_ascii=False, indent=2))
    else:
        _print(done)


def _parsed(shares: str) -> dict[str, float]:
    """`train=0.8,test=0.2` as a mapping."""
    try:
        pairs = [part.partition("=") for part in shares.split(",") if part.strip()]
        return {name.strip(): float(share) for name, _, share in pairs}
    except ValueError:
        raise UsageError(
            f"can't read the shares {shares!r}", where="--shares", expected="train=0.8,test=0.2"
        ) from None


def _print(done: SplitDataset) -> None:
    from datagen_core.cli.tables import console, percent, table

    rows = [
        [name, len(part.rows), percent(part.share), percent(part.wanted), part.groups, str(part.file)]
        for name, part in done.parts.items()
    ]
    out = console()
    out.print(table("", ["part", "rows", "share", "wanted", "groups", "file"], rows))
    if done.strata:
        lines = [
            [
                value,
                *(
                    n
                    for name in done.parts
                    for n in (counts[name], percent(counts[name] / sum(counts.values())))
                ),
            ]
            for value, counts in done.strata.items()
        ]
        columns = ["value", *(column for name in done.parts for column in (name, "share"))]
        out.print(table("", columns, lines))
    click.echo(f"rows were kept together {done.kept_together}")
    if any(abs(part.share - part.wanted) > MISSED for part in done.parts.values()):
        groups = sum(part.groups for part in done.parts.values())
        click.echo(
            f"the shares are missed: there are {groups} groups, the largest of {done.largest} rows", err=True
        )


def _to_json(done: SplitDataset) -> dict[str, Any]:
    return {
        "parts": {
            name: {
                "rows": len(part.rows),
                "share": part.share,
                "wanted": part.wanted,
                "groups": part.groups,
                "file": str(part.file),
            }
            for name, part in done.parts.items()
        },
        "kept_together": done.kept_together,
        "largest_group": done.largest,
        "strata": done.strata,
        "notices": list(done.notices),
    }
