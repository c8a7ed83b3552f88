"""`datagen router`: what another router would have made of a run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.group()
def router() -> None:
    """Ask what another router would have made of a run."""


@router.command("simulate")
@click.argument("run")
@click.option("--router", "name", required=True, help="A router's name, as `datagen plugins list` shows it.")
@click.option("--set", "options", multiple=True, metavar="KEY=VALUE", help="An option of the router.")
@click.option("--recipe", type=click.Path(path_type=Path), help="The recipe; by default the run's own.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that the recipe names.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def simulate(
    run: str, name: str, options: tuple[str, ...], recipe: Path | None, trust_local: bool, as_json: bool
) -> None:
    """Replay the router NAME on the log of RUN: its mean reward, doubly robust, with an 80 % interval.

    Calls nothing and changes nothing. The log of a router that leaves nothing to chance can't correct the
    estimate; the answer says how much of it that concerns.
    """
    from datagen_core.cli.tables import console, number, percent, table
    from datagen_core.rejudging import check_same_rows
    from datagen_core.resolve import resolve
    from datagen_core.results import Results
    from datagen_core.runs import load_of
    from datagen_core.simulation import simulate as replay

    source = Results.load(run)
    changes = [f"router={{use: {name}}}", *(f"router.with.{option}" for option in options)]
    loaded = load_of(source, recipe, changes=changes)
    job = resolve(loaded, trust_local=trust_local)
    check_same_rows(source, job)
    found = replay(source, job)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    out = console()
    rows = [
        [found.router, number(found.value), f"{number(found.low)} – {number(found.high)}"],
        [f"{source.store.get('router')} (the log)", number(found.logged), ""],
    ]
    out.print(table("mean reward per batch", ["router", "estimate", "80 % interval"], rows))
    shares = [[arm, percent(share)] for arm, share in found.shares.items()]
    out.print(table(f"batches that {found.router} would have given", ["arm", "share"], shares))
    out.print(f"both chose the same arm in {percent(found.agreed)} of the batches")
    if found.certain_share > 0.2:
        out.print(
            f"{percent(found.certain_share)} of the log's choices were certain: there the estimate rests on the model"
        )
