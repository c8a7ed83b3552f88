"""`datagen rescore`: what another reward would have said of a run."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("run")
@click.option("--reward", "name", required=True, help="A reward's name, as `datagen plugins list` shows it.")
@click.option("--set", "options", multiple=True, metavar="KEY=VALUE", help="An option of the reward.")
@click.option("--recipe", type=click.Path(path_type=Path), help="The recipe; by default the run's own.")
@click.option("--remember", is_flag=True, help="Add the rescored batches to the memory.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that the recipe names.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def rescore(
    run: str,
    name: str,
    options: tuple[str, ...],
    recipe: Path | None,
    remember: bool,
    trust_local: bool,
    as_json: bool,
) -> None:
    """Reward the batches of RUN anew, by the reward NAME: mean per arm before and after.

    Calls nothing and changes nothing in RUN. With --remember a later run by that reward starts from this history.
    """
    from datagen_core.cli.tables import console, number, table
    from datagen_core.rejudging import check_same_rows
    from datagen_core.rescoring import by_arm, rescored
    from datagen_core.resolve import resolve
    from datagen_core.results import Results
    from datagen_core.run_memory import remember_rewards
    from datagen_core.runs import load_of

    source = Results.load(run)
    changes = [f"reward={{use: {name}}}", *(f"reward.with.{option}" for option in options)]
    loaded = load_of(source, recipe, changes=changes)
    job = resolve(loaded, trust_local=trust_local)
    check_same_rows(source, job)
    found = rescored(source, job)
    rows = by_arm(found)
    if remember:
        count = remember_rewards(job, source.folder, found)
        click.echo(f"{count:,} batches remembered as {job.reward_definition}", err=True)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    cells = [[r["arm"], r["batches"], number(r["before"]), number(r["after"])] for r in rows]
    columns = ["arm", "batches", str(source.store.get("reward")), job.reward_definition.partition(" ")[0]]
    console().print(table("mean reward", columns, cells))
