"""`datagen memory`: what earlier runs learned, shown, exported and forgotten."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

_FILE = click.option(
    "--file", type=click.Path(path_type=Path), help="The memory's file; by default in your data folder."
)


@click.group()
def memory() -> None:
    """Show, export or forget what earlier runs learned of arms. No prompts or rows are kept there."""


@memory.command()
@_FILE
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(file: Path | None, as_json: bool) -> None:
    """What is known of each arm, by domain: runs, batches, acceptance, mean reward."""
    from datagen_core.cli.tables import console, number, percent, table
    from datagen_core.memory import Memory

    kept = Memory(file)
    rows = kept.summary()
    kept.close()
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(f"nothing is remembered yet ({kept.file})")
        return
    cells = [
        [
            row["domain"] or "(none)",
            row["arm"],
            row["reward"].partition(" ")[0],
            row["runs"],
            row["batches"],
            percent(row["accepted"] / row["requested"] if row["requested"] else None),
            number(row["mean"]),
            time.strftime("%Y-%m-%d", time.localtime(row["last_at"])),
        ]
        for row in rows
    ]
    columns = ["domain", "arm", "reward", "runs", "batches", "accepted", "mean reward", "last"]
    console().print(table(str(kept.file), columns, cells))


@memory.command()
@_FILE
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file instead of the terminal.")
def export(file: Path | None, output: Path | None) -> None:
    """Every decision and its outcome as JSON lines, oldest first."""
    from datagen_core.jsontext import dumps, replacing
    from datagen_core.memory import Memory

    kept = Memory(file)
    lines = (dumps(row) + "\n" for row in kept.export())
    if output is None:
        for line in lines:
            click.echo(line, nl=False)
    else:
        with replacing(output) as draft, draft.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(lines)
        click.echo(f"the memory → {output}")
    kept.close()


@memory.command()
@_FILE
@click.option("--domain", help="Only of this domain.")
@click.option("--arm", help="Only of this arm.")
@click.option("--all", "everything", is_flag=True, help="All of it.")
def forget(file: Path | None, domain: str | None, arm: str | None, everything: bool) -> None:
    """Take out what is known of a domain, an arm, or all."""
    from datagen_core.errors import UsageError
    from datagen_core.memory import Memory

    if everything == (domain is not None or arm is not None):
        raise UsageError("what shall be forgotten?", expected="--domain, --arm, or --all alone")
    kept = Memory(file)
    count = kept.forget(domain=domain, arm=arm)
    kept.close()
    click.echo(f"{count:,} decisions forgotten")
