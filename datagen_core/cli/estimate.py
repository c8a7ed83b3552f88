"""`datagen estimate`: what a run will take, before it spends."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datagen_core.estimating import Estimate, Range


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "-k",
    "--trials",
    type=click.IntRange(1, 200),
    default=8,
    show_default=True,
    help="Rows asked of each arm to learn from.",
)
@click.option("-n", "--num-samples", type=int, help="Accepted rows wanted.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key: a.b=c.")
@click.option("-m", "--model", metavar="NAME", help="In place of all models; `rehearsal` tries without any.")
@click.option("--cache", type=click.Path(path_type=Path), help="The folder of replies that runs share.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that the recipe names.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def estimate(
    recipe: Path,
    trials: int,
    num_samples: int | None,
    overrides: tuple[str, ...],
    model: str | None,
    cache: Path | None,
    trust_local: bool,
    as_json: bool,
) -> None:
    """Say what RECIPE will take: calls, tokens, cost, time and acceptance, with ranges.

    Makes a few real calls per arm (--trials rows each), within the recipe's budget. Their replies stay in the
    cache.
    """
    from datagen_core.cli.run import LiveView
    from datagen_core.estimating import estimate as make_estimate
    from datagen_core.resolve import resolve
    from datagen_core.runs import check_keys, load

    loaded = load(recipe, num_samples=num_samples, overrides=overrides, model=model)
    job = resolve(loaded, trust_local=trust_local)
    check_keys(job)
    with (
        LiveView(enabled=not as_json) as view,
        tempfile.TemporaryDirectory(prefix="datagen-estimate-") as folder,
    ):
        found = make_estimate(job, Path(folder), trials, cache=cache, say=view.say, observe=view.show)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        _print(found)


def _print(found: Estimate) -> None:
    from datagen_core.cli.tables import console, number, percent, table

    out = console()
    rows = [
        [
            arm.arm,
            arm.asked,
            percent(arm.acceptance),
            number(arm.calls, 2),
            number(arm.tokens, 0),
            number(arm.cost, 6),
            number(arm.seconds, 2),
            arm.error or "",
        ]
        for arm in found.arms
    ]
    columns = ["arm", "rows asked", "pass", "calls/row", "tokens/row", "cost/row", "s/row", "failed"]
    out.print(table("the trial", columns, rows))
    names = {"calls": 0, "tokens": 0, "cost": 4, "seconds": 0}
    whole = [
        [
            "acceptance",
            percent(found.acceptance.low),
            percent(found.acceptance.expected),
            percent(found.acceptance.high),
        ]
    ]
    whole += [[name, *_shown(getattr(found, name), digits)] for name, digits in names.items()]
    out.print(table(f"for {found.rows:,} rows", ["", "low", "expected", "high"], whole))
    if found.cost.expected is None and found.calls.expected is not None:
        out.print(
            "cost: a model's price isn't known; give it in the recipe: models: {ALIAS: {name: …, price: …}}"
        )
    if found.calls.expected is None:
        out.print("no row passed: look at why with datagen preview RECIPE")
    if found.spent.get("calls"):
        spent = found.spent
        out.print(
            f"the trial took {spent['calls']:,.0f} calls, {spent['tokens']:,.0f} tokens, {spent['cost']:.4f} in money"
        )


def _shown(value: Range, digits: int) -> list[str]:
    return [
        "–" if part is None else f"{part:,.{digits}f}" for part in (value.low, value.expected, value.high)
    ]
