"""`datagen check` and `datagen preview`: what would happen, before it does."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datagen_core.errors import DatagenError
    from datagen_core.job import BuiltModel, Job


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key: a.b=c.")
@click.option("-m", "--model", metavar="NAME", help="In place of all models; `rehearsal` tries without any.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that the recipe names.")
@click.option("--suggest", is_flag=True, help="Propose validators for what the recipe asks for.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def check(
    recipe: Path,
    overrides: tuple[str, ...],
    model: str | None,
    trust_local: bool,
    suggest: bool,
    as_json: bool,
) -> None:
    """Say what RECIPE will do: features, arms, validators, assumptions. Does no work and costs nothing."""
    from datagen_core.resolve import resolve
    from datagen_core.runs import load
    from datagen_core.suggesting import suggestions

    job = resolve(load(recipe, overrides=overrides, model=model), trust_local=trust_local)
    found = _facts(job)
    if suggest:
        proposed = suggestions(job.host, job.inputs, job.context)
        found["suggested"] = [one.to_json() for one in proposed]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print(found)


def _model_facts(model: BuiltModel) -> dict[str, Any]:
    price = model.part.price()
    return {
        "alias": model.alias,
        "model": model.part.full_name,
        "component": model.offer.name,
        "endpoint": model.part.endpoint(),
        "price": None if price is None else [price.prompt_per_million, price.completion_per_million],
        "capabilities": sorted(model.part.capabilities()),
    }


def _unpriced(job: Job) -> list[str]:
    budgets = [job.loaded.recipe.budget, *(arm.budget for arm in job.arms)]
    if all(budget.max_cost is None for budget in budgets):
        return []
    unknown = [m.part.full_name for m in job.models.values() if m.part.price() is None]
    return [f"the price of {name} isn't known: a run under max_cost will be refused" for name in unknown]


def _one_line(error: DatagenError) -> str:
    return error.message + (f" (next: {error.hint})" if error.hint else "")


def _enforcing(job: Job) -> dict[str, list[str]]:
    """The arms that act on each key that the recipe's own rules don't."""
    return {
        key: [arm.arm.name for arm in job.arms if key in arm.enforces()] for key in job.loaded.not_enforced()
    }


def _facts(job: Job) -> dict[str, Any]:
    from datagen_core.llm.opening import missing_keys

    recipe, enforcing = job.loaded.recipe, _enforcing(job)
    return {
        "name": recipe.name,
        "num_samples": recipe.num_samples,
        "targets": {stratum.name: n for stratum, n in job.targets().items()},
        "features": job.context.features(),
        "vector": job.context.vector(),
        "arms": [
            {
                "arm": arm.arm.name,
                "chain": [link.offer.name for link in arm.links],
                "attributes": dict(arm.arm.attributes),
                "package": " + ".join(f"{link.offer.package} {link.offer.version}" for link in arm.links),
            }
            for arm in job.arms
        ],
        "not_offered": [{"arm": name, "why": why} for name, why in job.skipped],
        "validators": [
            {"name": v.name, "use": v.offer.name, "cost": v.offer.component.cost} for v in job.validators
        ],
        "models": [_model_facts(model) for model in job.models.values()],
        "reward": job.reward.offer.name,
        "router": job.router_use[0].name,
        "evaluation": job.evaluator.offer.name if job.evaluator else None,
        "selector": job.selector.offer.name if job.selector else None,
        "embedder": job.embedder.offer.name if job.embedder else None,
        "retriever": job.retriever.offer.name if job.retriever else None,
        "order": job.order,
        "batch_size": job.batch_size,
        "window": job.window,
        "assumptions": list(job.assumptions),
        "notices": [*job.notices(), *_unpriced(job), *(_one_line(error) for error in missing_keys(job))],
        "not_enforced": [key for key, arms in enforcing.items() if not arms],
        "enforced_by_some": {key: arms for key, arms in enforcing.items() if 0 < len(arms) < len(job.arms)},
        "fingerprint": job.fingerprint,
    }


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    from datagen_core.cli.tables import console, table, visible

    out = console()
    out.print(
        f"[bold]{escape(visible(found['name']))}[/bold]: {found['num_samples']:,} rows;"
        " nothing was done, nothing was spent"
    )
    features = [
        [k, json.dumps(v, ensure_ascii=False)]
        for k, v in found["features"].items()
        if v not in ("", [], False, 0)
    ]
    out.print(table("features", ["feature", "value"], features))
    if found["targets"]:
        targets = list(found["targets"].items())
        out.print(table("labels and coverage", ["rows of", "target"], targets[:40]))
        if len(targets) > 40:
            out.print(f"… and {len(targets) - 40} more (--json shows all)")
    rows = [[a["arm"], " → ".join(a["chain"]), "offered", a["package"]] for a in found["arms"]]
    rows += [[a["arm"], "", f"not offered: {a['why']}", ""] for a in found["not_offered"]]
    out.print(table("arms", ["arm", "chain", "", "package"], rows))
    rows = [[v["name"], v["use"], v["cost"]] for v in found["validators"]]
    out.print(table("validators, in this order", ["name", "component", "cost"], rows))
    if found["models"]:
        rows = [
            [
                m["alias"],
                m["model"],
                m["component"],
                m["endpoint"],
                "unknown" if m["price"] is None else " / ".join(f"{part:g}" for part in m["price"]),
                ", ".join(m["capabilities"]),
            ]
            for m in found["models"]
        ]
        columns = ["alias", "model", "through", "endpoint", "price per 1M in / out", "can do"]
        out.print(table("models", columns, rows))
    out.print(
        f"reward {found['reward']} · router {found['router']} · evaluation {found['evaluation'] or 'none'} · "
        + (f"selection {found['selector']} · " if found["selector"] else "")
        + (f"embedder {found['embedder']} · " if found["embedder"] else "")
        + (f"retriever {found['retriever']} · " if found["retriever"] else "")
        + f"order {found['order']}, at most {found['window']} batches of {found['batch_size']} rows in flight"
    )
    for title, key in (("assumed", "assumptions"), ("note", "notices")):
        for line in found[key]:
            out.print(f"{title}: {escape(line)}")
    for key, arms in found["enforced_by_some"].items():
        out.print(f"{escape(key)}: enforced by {escape(', '.join(arms))} only; others keep it for prompts")
    if "suggested" in found:
        _print_suggested(found)
    if found["not_enforced"]:
        out.print(f"not enforced (kept for prompts): {escape(', '.join(found['not_enforced']))}")


def _print_suggested(found: dict[str, Any]) -> None:
    """What validators propose, and as lines for the recipe what isn't in it yet."""
    import yaml
    from rich.markup import escape

    from datagen_core.cli.tables import console, table

    out, there = console(), {validator["use"] for validator in found["validators"]}
    rows = [
        [one["use"], one["why"], one["lacking"] or ("in the recipe" if one["use"] in there else "proposed")]
        for one in found["suggested"]
    ]
    out.print(table("validators that the recipe calls for", ["validator", "because", ""], rows))
    new = [one for one in found["suggested"] if not one["lacking"] and one["use"] not in there]
    if new:
        lines: list[Any] = [
            {"use": one["use"], "with": one["with"]} if one["with"] else one["use"] for one in new
        ]
        out.print("add (or write `validators: auto`):")
        out.print(escape(yaml.safe_dump({"validators": lines}, sort_keys=False, allow_unicode=True)))


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "-n",
    "--num-samples",
    "n",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="Rows per arm.",
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key: a.b=c.")
@click.option("-m", "--model", metavar="NAME", help="In place of all models; `rehearsal` tries without any.")
@click.option("--cache", type=click.Path(path_type=Path), help="The folder of replies that runs share.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that the recipe names.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def preview(
    recipe: Path,
    n: int,
    overrides: tuple[str, ...],
    model: str | None,
    cache: Path | None,
    trust_local: bool,
    as_json: bool,
) -> None:
    """Show a few rows of each arm with their verdicts; keeps nothing but the replies of models.

    Models are called, within the recipe's budget: a run that asks the same finds the replies in the cache.
    """
    from datagen_core.cli.tables import console, short, table
    from datagen_core.preview import preview as make_preview
    from datagen_core.resolve import resolve
    from datagen_core.runs import load

    job = resolve(load(recipe, overrides=overrides, model=model), trust_local=trust_local)
    with tempfile.TemporaryDirectory(prefix="datagen-preview-") as folder:
        found = make_preview(job, Path(folder), n, cache)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    out = console()
    for arm in found:
        rows = [
            [
                r["status"] if not r["reason"] else f"{r['rejected_by']}: {r['reason']}",
                r["label"] or "",
                short(r["text"], 80),
            ]
            for r in arm["rows"]
        ]
        out.print(
            table(
                arm["arm"] + (f"  (failed: {arm['error']})" if arm["error"] else ""),
                ["", "label", "text"],
                rows,
            )
        )


@click.command()
@click.option(
    "-o", "--output", "file", type=click.Path(path_type=Path), help="A file instead of the terminal."
)
def schema(file: Path | None) -> None:
    """Print the JSON Schema of recipes for what is installed; editors check and complete with it.

    Begin a recipe with: # yaml-language-server: $schema=recipe.schema.json
    """
    from datagen_core.jsontext import replacing
    from datagen_core.recipe_schema import recipe_schema

    text = json.dumps(recipe_schema(), ensure_ascii=False, indent=2) + "\n"
    if file is None:
        click.echo(text, nl=False)
        return
    with replacing(file) as draft:
        draft.write_text(text, encoding="utf-8")
    click.echo(f"the schema of recipes → {file}")
