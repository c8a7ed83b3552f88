"""Commands over runs that exist: `runs list`, `report`, `explain`."""

from __future__ import annotations

import json
from typing import Any

import click

from datagen_core.errors import RunError


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
    from datagen_core.run_folders import RUNS

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
    from datagen_core.cli.report_tables import print_beside, print_next_steps, print_report
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
    from datagen_core.run_folders import RUNS, find_folder

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
    if chosen := found["selection"]:
        score = "" if chosen["score"] is None else f", score {chosen['score']:.4g}"
        left = f"left: {chosen.get('reason')}" + (
            f" (measured {chosen['measured']}, limit {chosen.get('threshold')})"
            if "measured" in chosen
            else ""
        )
        what = f"chosen as number {chosen['place']}" if chosen["kept"] else left
        out.print(f"  selection {escape(chosen['by'])}: {escape(what)}{score}")
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
