"""`datagen models`: does a model answer, and what can it do?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datagen_core.model_checking import ModelCheck


@click.group()
def models() -> None:
    """Try whether a model answers and what it can do."""


@models.command("check")
@click.argument("name")
@click.option(
    "--recipe", type=click.Path(path_type=Path), help="A recipe whose alias NAME is, with its options."
)
@click.option("--set", "options", multiple=True, metavar="KEY=VALUE", help="An option: base_url=http://…")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def check(name: str, recipe: Path | None, options: tuple[str, ...], as_json: bool) -> int:
    """Ask the model NAME one small thing, then one for each capability, and say what works.

    NAME is provider/name, as in a recipe's models. Up to nine short calls; nothing is cached.
    """
    from datagen_core.model_checking import check_model
    from datagen_core.recipe_models import model_to_check

    model, declared = model_to_check(name, recipe, options)
    found = check_model(model, declared)
    if as_json:
        click.echo(json.dumps({**asdict(found), "answers": found.answers}, ensure_ascii=False, indent=2))
    else:
        _print(found)
    return 0 if found.answers else 1


def _print(found: ModelCheck) -> None:
    from rich.markup import escape

    from datagen_core.cli.tables import console, short, table, visible

    out = console()
    out.print(f"[bold]{escape(found.model)}[/bold] at {escape(found.endpoint)}", soft_wrap=True)
    rows = [
        [f.what, "yes" if f.works else "no", "yes" if f.declared else "no", short(f.detail, 100)]
        for f in found.findings
    ]
    out.print(table("", ["what", "works", "declared", "answer"], rows))
    if not found.answers:
        out.print(visible(found.findings[0].detail), markup=False, soft_wrap=True)
    wrong = [f.what for f in found.findings if f.works != f.declared]
    if found.answers and wrong:
        works = ", ".join(f.what for f in found.findings[1:] if f.works)
        out.print(
            f"declared otherwise than it works: {', '.join(wrong)}; in the recipe: capabilities: [{works}]",
            markup=False,
        )
    taken = found.taken
    out.print(f"took {taken.calls} calls, {taken.tokens:,} tokens")
