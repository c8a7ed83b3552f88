"""Commands over runs that exist: `runs list`, `report`, `explain`, `export`, `evaluate`."""

from __future__ import annotations

import json
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core.errors import RunError, UsageError

if TYPE_CHECKING:
    from datagen_core.results import Results


@click.group()
def runs() -> None:
    """List runs."""


@runs.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_runs(as_json: bool) -> None:
    """The runs under runs/."""
    from datagen_core.cli.tables import console, table
    from datagen_core.errors import DatagenError
    from datagen_core.results import Results
    from datagen_core.runs import RUNS

    rows = []
    for file in sorted(RUNS.glob("*/run.db")):
        try:
            results = Results(file.parent)
            target = results.store.get("num_samples")
            row = {"run": file.parent.name, "status": results.status, "rows": len(results), "target": target}
        except DatagenError as error:
            row = {
                "run": file.parent.name,
                "status": f"unreadable: {error.message}",
                "rows": 0,
                "target": None,
            }
        rows.append(row)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        console().print(table("", ["run", "status", "rows", "target"], [list(row.values()) for row in rows]))
    else:
        click.echo("no runs yet; next: datagen run RECIPE")


@click.command()
@click.argument("run")
@click.option("--against", metavar="RUN", help="Another run to set beside it.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def report(run: str, against: str | None, as_json: bool) -> None:
    """Show what RUN did and learned: arms over time, rejections, labels, evaluation."""
    from datagen_core.report import report as make_report
    from datagen_core.results import Results

    results = Results.load(run)
    found = make_report(results)
    other = make_report(Results.load(against)) if against else None
    if as_json:
        click.echo(json.dumps([found, other] if other else found, ensure_ascii=False, indent=2))
        return
    print_report(found)
    if other:
        print_beside(found, other)
    print_next_steps(results)


def print_report(found: dict[str, Any]) -> None:
    """Prints a report as tables."""
    from rich.markup import escape

    from datagen_core.cli.tables import console, number, percent, short, table, visible

    out = console()
    counts = found["counts"]
    status, why = found["ending"]["status"], found["ending"]["why"]
    out.print(
        f"[bold]{escape(visible(str(found['name'])))}[/bold]: {escape(why)}"
        + ("" if status in why else f" ({status})")
    )
    out.print(
        f"{counts['generated']:,} generated = {counts['accepted']:,} accepted + {counts['rejected']:,} rejected"
        f" + {counts['surplus']:,} surplus; {found['batches']} batches in {found['seconds']:.1f} s;"
        f" router {found['router']}, reward {found['reward']}"
    )
    if found["memory"]:
        out.print(escape(found["memory"]))
    if found["ending"].get("shortfall"):
        missing = ", ".join(f"{label} {n:,}" for label, n in found["ending"]["shortfall"].items())
        out.print(f"[yellow]missing: {escape(missing)}[/yellow]")
    n = found["phases"] if out.width >= 90 else 0
    headers = [f"{i + 1}/{n}" for i in range(n)]
    rows = [
        [
            arm["arm"],
            arm["batches"],
            arm["accepted"],
            percent(arm["pass_rate"]),
            number(arm["reward"]),
            *(percent(share) for share in arm["share_over_time"][:n]),
        ]
        for arm in found["arms"]
    ]
    columns = ["arm", "batches", "accepted", "passed", "reward", *headers]
    out.print(table("arms, and their share of the batches over time", columns, rows))
    _print_belief(found["belief"])
    for arm in found["arms"]:
        if arm["errors"]:
            out.print(
                f"[yellow]{escape(arm['arm'])} failed {arm['errors']} times: {escape(arm['last_error'])}[/yellow]"
            )
    for skipped in found["not_offered"]:
        out.print(f"not offered: {escape(skipped['arm'])} ({escape(skipped['why'])})")
    if found["calls"]:
        _print_calls(found["calls"], found["spent"])
    if found["rejections"]:
        rows = [
            [f"{r['validator']}: {r['reason']}", r["n"], short(r["text"], 44), r["id"][:12]]
            for r in found["rejections"][:8]
        ]
        out.print(table("rejections", ["rule", "rows", "example", "id"], rows))
    if found["labels"]:
        rows = [[r["label"], r["accepted"], r["target"]] for r in found["labels"][:40]]
        out.print(table("labels", ["label", "accepted", "target"], rows))
        if len(found["labels"]) > 40:
            out.print(f"… and {len(found['labels']) - 40} more labels (--json shows all)")
    for evaluation in found["evaluations"][-1:]:
        print_evaluation(evaluation)


def _print_belief(belief: dict[str, dict[str, float]]) -> None:
    """What the router came to think of the arms, where it keeps more than means."""
    from datagen_core.cli.tables import console, number, percent, table

    if not any("low" in facts for facts in belief.values()):
        return
    rows = [
        [
            arm,
            number(facts.get("mean")),
            f"{number(facts.get('low'))} – {number(facts.get('high'))}",
            percent(facts.get("p_best")),
            int(facts.get("alarms", 0)),
            "parked" if facts.get("parked") else "",
        ]
        for arm, facts in sorted(belief.items(), key=lambda item: -item[1].get("mean", 0.0))
    ]
    columns = ["arm", "mean", "80 % interval", "P(best)", "alarms", ""]
    console().print(table("what the router thinks of the arms", columns, rows))


def _print_calls(calls: list[dict[str, Any]], spent: dict[str, Any] | None) -> None:
    from datagen_core.cli.tables import console, number, table

    rows = [
        [
            c["arm"],
            c["component"],
            c["model"],
            c["calls"],
            c["cached"],
            c["failed"],
            c["retries"],
            c["refusals"],
            c["repaired"] + c["asked_again"],
            c["prompt_tokens"],
            c["completion_tokens"],
            number(c["cost"], 4),
            number(c["latency_s"], 2),
        ]
        for c in calls
    ]
    columns = ["arm", "component", "model", "calls", "cached", "failed", "retries", "429", "mended"]
    columns += ["tokens in", "out", "cost", "s/call"]
    out = console()
    out.print(table("model calls of committed batches, at list price", columns, rows))
    if spent is not None:
        out.print(
            f"counted against budgets, failed and lost calls included: {spent['calls']:,} calls,"
            f" {spent['tokens']:,} tokens, {spent['cost']:.4f} in money"
        )


def print_evaluation(evaluation: dict[str, Any]) -> None:
    """Prints an evaluation's tables, headline metrics and notes."""
    from rich.markup import escape

    from datagen_core.cli.tables import console, number, table

    out = console()
    for part in evaluation["tables"]:
        out.print(table(f"{evaluation['name']}: {part['title']}", part["columns"], part["rows"]))
    metrics = [f"{name} {number(value)}" for name, value in evaluation["metrics"].items()]
    if metrics and not evaluation["tables"]:
        out.print(escape(f"{evaluation['name']}: {' · '.join(metrics)}"), soft_wrap=True)
    for note in evaluation["notes"]:
        out.print(f"  {escape(note)}")


def print_next_steps(results: Results) -> None:
    """Prints where the files are and two commands to try next."""
    from datagen_core.cli.tables import console, visible

    out = console()
    folder = results.folder
    name = folder.name if folder.parent == Path("runs") else str(folder)
    files = [folder / file for file in ("data.jsonl", "rejected.jsonl", "recipe.lock.yaml")]
    out.print(visible(f"files  {', '.join(str(file) for file in files)}"), soft_wrap=True, markup=False)
    if results.status == "complete":
        first = next(results.samples())
        name = shlex.quote(visible(name))
        more = "--rehearsal -o look.jsonl" if first.metadata.is_rehearsal else "-f jsonl -o train.jsonl"
        out.print(f"next   datagen export {name} {more}", soft_wrap=True, markup=False)
        out.print(f"       datagen explain {first.id[:12]} {name}", soft_wrap=True, markup=False)
    elif results.status == "short" and not results.store.get("rejudged"):
        out.print(f"next   datagen check {results.store.get('recipe')}", soft_wrap=True, markup=False)
    else:
        out.print(
            f"next   {(results.store.get('given') or {}).get('again', '')}", soft_wrap=True, markup=False
        )
        bigger = "with a bigger budget; " if results.status == "budget" else ""
        out.print(f"       ({bigger}goes on where this stopped)")


def print_beside(one: dict[str, Any], two: dict[str, Any]) -> None:
    """Prints two runs' headline figures side by side."""
    from datagen_core.cli.tables import console, table

    def facts(found: dict[str, Any]) -> dict[str, Any]:
        counts = found["counts"]
        out = {
            "router": found["router"],
            "accepted": counts["accepted"],
            "generated": counts["generated"],
            "rejected": counts["rejected"],
            "batches": found["batches"],
        }
        best = max(found["arms"], key=lambda arm: arm["reward"] or 0.0, default=None)
        if best and best["share_over_time"]:
            out["share of the arm with the best reward, last fifth"] = (
                f"{best['arm']} {100 * best['share_over_time'][-1]:.0f} %"
            )
        for evaluation in found["evaluations"][-1:]:
            out |= {name: round(value, 4) for name, value in evaluation["metrics"].items()}
        return out

    left, right = facts(one), facts(two)
    rows = [[key, left.get(key), right.get(key)] for key in {**left, **right}]
    names = [Path(one["folder"]).name, Path(two["folder"]).name]
    console().print(table("side by side", ["", *names], rows))


@click.command()
@click.argument("row_id", metavar="ID")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def explain(row_id: str, run: str | None, as_json: bool) -> None:
    """Say why row ID exists (or was rejected): arm, decision, verdicts, parents.

    ID may be cut short. RUN is a run folder or a name under runs/; without it all runs there are searched.
    """
    from datagen_core.explanation import explain as make_explanation
    from datagen_core.results import Results
    from datagen_core.runs import RUNS, find_folder

    folders = [find_folder(run)] if run else [file.parent for file in sorted(RUNS.glob("*/run.db"))]
    hits = [found for folder in folders if (found := make_explanation(Results(folder), row_id)) is not None]
    if hits:
        if as_json:
            click.echo(json.dumps(hits[0], ensure_ascii=False, indent=2))
        else:
            _print_explanation(hits[0])
        for other in hits[1:]:
            click.echo(f"also in {other['run']}: datagen explain {other['id'][:12]} {other['run']}", err=True)
        return
    raise RunError(
        f"no row (or more than one) begins with {row_id!r}",
        where=", ".join(str(folder) for folder in folders) or "runs/",
        expected="the id of a row, accepted or rejected",
        hint="ids stand in data.jsonl and rejected.jsonl of the run folder",
    )


def _print_explanation(found: dict[str, Any]) -> None:
    from rich.markup import escape

    from datagen_core.cli.tables import console, short, table, visible

    out = console()
    out.print(
        f"[bold]{found['id']}[/bold]  {found['status']}"
        + (escape(visible(f" by {found['rejected_by']}: {found['reason']}")) if found["reason"] else "")
    )
    out.print(f"  text      {escape(short(found['text'], 90))}")
    if found["label"]:
        out.print(f"  label     {escape(found['label'])}")
    for key in ("run", "arm", "method", "batch", "decision", "because", "reward", "parameters", "produced"):
        if found.get(key):
            out.print(f"  {key:<9} {escape(str(found[key]))}")
    if found["verdicts"]:
        rows = [
            [
                v["validator"],
                "passed" if v["passed"] else "failed",
                v["score"],
                v["reason"] or "",
                v["measured"],
                v["threshold"],
                short(v["evidence"] or "", 40),
            ]
            for v in found["verdicts"]
        ]
        out.print(
            table("verdicts", ["validator", "", "score", "reason", "measured", "limit", "evidence"], rows)
        )
    for call in found["calls"]:
        cost = "price unknown" if call["cost"] is None else f"{call['cost']:.6f}"
        tokens = f"{call['prompt_tokens']:,} + {call['completion_tokens']:,} tokens"
        how = ", from the cache" if call["from_cache"] else f", {call['latency_s']:.2f} s"
        out.print(
            f"  call      {escape(call['component'])}: {escape(call['model'])}, prompt {call['prompt']},"
            f" {tokens}, {cost}{how}"
        )
    for relation in ("ancestors", "descendants"):
        for relative in found[relation]:
            text = escape(short(relative["text"], 70))
            out.print(f"  {relation[:-1]:<10} {relative['id'][:14]} {relative['status']:<8} {text}")


@click.command()
@click.argument("run")
@click.option("-f", "--format", "format_name", default="jsonl", show_default=True, help="An exporter's name.")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path),
    help="The file, or -; by default in RUN.",
)
@click.option("--set", "options", multiple=True, metavar="KEY=VALUE", help="An option of the exporter.")
@click.option("--rehearsal", is_flag=True, help="Write the rows of a rehearsal, which no model made.")
def export(run: str, format_name: str, file: Path | None, options: tuple[str, ...], rehearsal: bool) -> None:
    """Write the accepted rows of RUN in a format."""
    from datagen_core.exporting import export_samples
    from datagen_core.plugins.host import installed
    from datagen_core.recipe import override
    from datagen_core.results import Results
    from datagen_core.yaml_source import Located

    results = Results.load(run)
    given = Located({}, {}, "--set")
    for assignment in options:
        override(given, assignment)
    offer, _ = installed().find("exporter", format_name)
    target = file or results.folder / f"export{offer.component.load_impl().suffix}"
    if file == Path("-"):
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "rows"
            export_samples(results.samples(), format_name, target, given.data, rehearsal=rehearsal)
            click.echo(target.read_text(encoding="utf-8"), nl=False)
        return
    if target.is_dir():
        raise UsageError(f"{target} is a folder", expected="a file name", hint=f"-o {target / 'train.jsonl'}")
    count = export_samples(results.samples(), format_name, target, given.data, rehearsal=rehearsal)
    click.echo(f"{count:,} rows → {target}")


@click.command()
@click.argument("run")
@click.option(
    "--recipe", type=click.Path(path_type=Path), help="The recipe; by default the one the run began with."
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key: a.b=c.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that the recipe names.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def evaluate(
    run: str, recipe: Path | None, overrides: tuple[str, ...], trust_local: bool, as_json: bool
) -> None:
    """Measure what the data of RUN is worth, with the evaluation its recipe names."""
    from datagen_core.resolve import resolve
    from datagen_core.results import Results
    from datagen_core.runs import evaluate_run, load_of

    results = Results.load(run)
    loaded = load_of(results, recipe, changes=overrides)
    job = resolve(loaded, trust_local=trust_local)
    name, found = evaluate_run(
        results.folder, job, lambda step: click.echo(f"{step} …", err=True)
    ).evaluations()[-1]
    if as_json:
        click.echo(json.dumps({"name": name, **found.to_json()}, ensure_ascii=False, indent=2))
    else:
        print_evaluation({"name": name, **found.to_json()})
