"""A run of each arm that asks a model, and its line of the table."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen_core.errors import DatagenError
from datagen_core.plugins.host import installed
from datagen_core.resolve import resolve
from datagen_core.results import Results
from datagen_core.runs import carry_on, load
from strategy_costs.server import Asked, Server
from strategy_costs.work import GRAMMAR, needed

MOST_CALLS_PER_ROW = 60
"""The budget: several times what the dearest arm takes without a rejection."""
WARM_UP_ROWS = 5
CAPABILITIES = ["json_schema", "n", "seed", "stop", "completion"]
"""Of the model `raw`: what goes on with any text."""
HEAD = ("arm", "accepted", "calls", "per tried", "tokens in", "out", "wall ms", "pass rate")
WIDTHS = (32, 8, 7, 9, 9, 7, 8, 9)

Job = Mapping[str, Any]


@dataclass(slots=True)
class Cost:
    """A run of one arm: rows (those that passed are accepted or surplus), what was lost, and its calls as stored."""

    asked: Asked
    wall_s: float
    accepted: int
    passed: int
    tried: int
    faults: list[str]
    note: str
    calls: list[dict[str, Any]]


def jobs() -> dict[str, Job]:
    """Arm → its parts of a recipe, for all installed components and their presets; also a grammar with gaps."""
    found: dict[str, Job] = {}
    for offer in installed().of_kind("generator"):
        component = offer.component
        if "model" in component.needs:
            presets = [f"{offer.name}-{preset.name}" for preset in component.presets]
            for name in (offer.name, *presets):
                parts, options = needed(name, offer.name, component.needs)
                found[name] = {**parts, "arms": [{"use": name, "with": options}]}
    found["templater (llm_fill)"] = {"arms": ["templater"], "grammar": GRAMMAR}
    return found


def print_costs(wanted: Mapping[str, Job], rows: int, server: Server) -> bool:
    """A line for each arm as it ends; whether none lost a row or passed its budget."""
    print(f"{rows} rows of each arm; calls, tokens and wall per accepted row, calls per row tried")
    print_cells(HEAD, WIDTHS)
    is_sound = True
    for name, job in wanted.items():
        try:
            run(job, WARM_UP_ROWS, server)  # what an arm loads stays out of its wall
            cost = run(job, rows, server)
        except DatagenError as error:
            print_cells((name, "-"), WIDTHS, f"can't work here: {error.message}")
            continue
        print_cells((name, *_cells(cost)), WIDTHS, "; ".join([*cost.faults, cost.note]).strip("; "))
        is_sound &= not cost.faults
    return is_sound


def run(job: Job, rows: int, server: Server) -> Cost:
    """So many rows in a new folder; raises DatagenError where the recipe doesn't fit what is installed."""
    most_calls = MOST_CALLS_PER_ROW * rows
    resolved = resolve(load(_recipe(job, rows, most_calls, server.base_url)))
    with tempfile.TemporaryDirectory() as name, server.counting() as asked:
        folder = Path(name)
        gc.collect()
        started = time.perf_counter()
        try:
            results = carry_on(resolved, folder / "run", cache=folder / "cache")
        except DatagenError:  # nothing was accepted, or the budget reached: the folder says as much
            results = Results(folder / "run")
        cost = _cost(results, asked, time.perf_counter() - started)
    if asked.calls > most_calls:
        cost.faults.append(f"BUDGET PASSED: {asked.calls} calls of {most_calls}")
    return cost


def print_cells(cells: tuple[object, ...], widths: tuple[int, ...], note: str = "") -> None:
    """One line: the first cell to the left, the others to the right."""
    first, *others = cells
    shown = [
        f"{first!s:{widths[0]}}",
        *(f"{cell!s:>{w}}" for cell, w in zip(others, widths[1:], strict=False)),
    ]
    print(f"{' '.join(shown)}  {note}".rstrip(), flush=True)


def _cells(cost: Cost) -> tuple[str, ...]:
    asked, n = cost.asked, cost.accepted
    shares = [
        f"{asked.calls / n:.2f}" if n else "-",
        f"{asked.calls / cost.tried:.2f}" if cost.tried else "-",
        *(f"{tokens / n:.0f}" if n else "-" for tokens in (asked.prompt_tokens, asked.completion_tokens)),
        f"{1e3 * cost.wall_s / n:.1f}" if n else "-",
        f"{cost.passed / cost.tried:.2f}" if cost.tried else "-",
    ]
    return (str(n), *shares)


def _recipe(job: Job, rows: int, most_calls: int, base_url: str) -> dict[str, Any]:
    model = {"name": "openai/test", "base_url": base_url}
    return {
        "name": "bench",
        "num_samples": rows,
        "domain": "gardening",
        "task": "remarks about plants",
        "models": {"generator": model, "user": model, "raw": {**model, "capabilities": CAPABILITIES}},
        "validators": [{"use": "dedup", "with": {"field": ["input", "response"], "against_seeds": False}}],
        "router": "epsilon-greedy",
        "memory": "off",
        "budget": {"max_calls": most_calls},
        **job,
    }


def _cost(results: Results, asked: Asked, wall_s: float) -> Cost:
    counts, reasons = results.counts(), results.rejections()
    why = ", ".join(f"{group['n']} {group['reason']}" for group in reasons[:2])
    status = [] if results.status == "complete" else [results.status]
    batches = results.store.batch_rows(state="done")
    if fewer := sum(row["n"] > row["generated"] for row in batches):
        status.append(f"fewer rows than asked for in {fewer} of {len(batches)} batches")
    if counts["surplus"]:
        status.append(f"{counts['surplus']} surplus")
    return Cost(
        asked=asked,
        wall_s=wall_s,
        accepted=counts["accepted"],
        passed=counts["accepted"] + counts["surplus"],
        tried=counts["generated"],
        faults=_lost(results, counts),
        note="; ".join([*status, *([why] if why else [])]),
        calls=results.store.call_rows(),
    )


def _lost(results: Results, counts: Mapping[str, int]) -> list[str]:
    """What doesn't add up: in a batch, in the whole, in the reasons."""
    found = []
    done = results.store.batch_rows(state="done")
    for row in done:
        ended = row["accepted"] + row["rejected"] + row["surplus"]
        if row["error"] is not None or row["generated"] != ended:
            why = row["error"] or f"{ended} rows of {row['generated']}"
            found.append(f"ROWS LOST in batch {row['idx']}: {why}")
    if sum(row["generated"] for row in done) != counts["generated"]:
        found.append("ROWS LOST between batches and samples")
    if sum(group["n"] for group in results.rejections()) != counts["rejected"]:
        found.append("ROWS LOST among the rejections")
    return found
