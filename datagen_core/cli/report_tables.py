"""A run's report as tables in the terminal, and what to do next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datagen_core.results import Results


def print_report(found: dict[str, Any]) -> None:
    """Prints a report as tables."""
    from rich.markup import escape

    from datagen_core.cli.tables import console, table

    out = console()
    _print_headline(found)
    _print_arms(found)
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
        _print_rejections(found["rejections"])
    if found["selection"]:
        _print_selection(found["selection"], found["counts"]["accepted"])
    if found["labels"]:
        rows = [[r["label"], r["accepted"], r["target"]] for r in found["labels"][:40]]
        out.print(table("labels and coverage", ["rows of", "accepted", "target"], rows))
        if len(found["labels"]) > 40:
            out.print(f"… and {len(found['labels']) - 40} more labels (--json shows all)")
    for evaluation in found["evaluations"][-1:]:
        print_evaluation(evaluation)


def _print_headline(found: dict[str, Any]) -> None:
    from rich.markup import escape

    from datagen_core.cli.tables import console, visible

    out, counts = console(), found["counts"]
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


def _print_arms(found: dict[str, Any]) -> None:
    from datagen_core.cli.tables import console, number, percent, table

    out = console()
    n = found["phases"] if out.width >= 90 else 0
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
    columns = ["arm", "batches", "accepted", "passed", "reward", *(f"{i + 1}/{n}" for i in range(n))]
    out.print(table("arms, and their share of the batches over time", columns, rows))


def _print_rejections(rejections: list[dict[str, Any]]) -> None:
    from datagen_core.cli.tables import console, short, table

    rows = [
        [f"{r['validator']}: {r['reason']}", r["n"], short(r["text"], 44), r["id"][:12]]
        for r in rejections[:MOST_RULES]
    ]
    is_cut = len(rejections) > MOST_RULES
    cut = f" (the {MOST_RULES} most frequent of {len(rejections)} rules)" if is_cut else ""
    console().print(table(f"rejections{cut}", ["rule", "rows", "example", "id"], rows))


def _print_selection(chosen: dict[str, Any], accepted: int) -> None:
    from rich.markup import escape

    from datagen_core.cli.tables import console, table

    out = console()
    out.print(f"selected by {escape(chosen['by'])}: {chosen['kept']:,} of {accepted:,} accepted rows")
    rows = [[reason, n] for reason, n in chosen["left"].items()]
    if rows:
        out.print(table("left out by the selection", ["reason", "rows"], rows[:20]))
    for note in chosen["notes"]:
        out.print(escape(note))


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


MOST_RULES = 8
"""Rules that refused rows, as a report shows them."""

OVER_A_DATASET = ("datagen apply ", "datagen curate ", "datagen select ")


def print_next_steps(results: Results) -> None:
    """Prints where the files are and two commands to try next."""
    from datagen_core.cli.tables import console, visible

    out = console()
    folder = results.folder
    name = folder.name if folder.parent == Path("runs") else str(folder)
    chosen = ["selected.jsonl"] if results.selection else []
    files = [folder / file for file in (*chosen, "data.jsonl", "rejected.jsonl", "recipe.lock.yaml")]
    out.print(visible(f"files  {', '.join(str(file) for file in files)}"), soft_wrap=True, markup=False)
    first = next(results.samples(), None)
    again = (results.store.get("given") or {}).get("again") or ""
    if results.status == "complete" and first is not None:
        if again.startswith(OVER_A_DATASET):  # which writes all columns of the data, as an export can't
            if " -o " not in again and not first.metadata.is_rehearsal:
                out.print(visible(f"next   {again} -o OUT.jsonl"), soft_wrap=True, markup=False)
            return
        name = shlex.quote(visible(name))
        more = "--rehearsal -o look.jsonl" if first.metadata.is_rehearsal else "-f jsonl -o train.jsonl"
        out.print(f"next   datagen export {name} {more}", soft_wrap=True, markup=False)
        out.print(f"       datagen explain {first.id[:12]} {name}", soft_wrap=True, markup=False)
    elif results.status == "short" and again.startswith(OVER_A_DATASET):
        out.print("next   another -n makes another dataset: with --fresh; more rows take more documents")
    elif results.status == "short" and not results.store.get("rejudged"):
        out.print(f"next   datagen check {results.store.get('recipe')}", soft_wrap=True, markup=False)
    else:
        out.print(f"next   {again}", soft_wrap=True, markup=False)
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
