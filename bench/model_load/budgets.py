"""Budgets in money against what the endpoint bills, faults included, then more money and the rest of the rows."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

from datagen_core.errors import BudgetReached
from model_load import runs
from model_load.endpoint import Endpoint
from model_load.line import Line

PRICE = {"prompt_per_million": 2.0, "completion_per_million": 8.0}
FAULTS = {"server_error": 0.03, "malformed": 0.03, "reset": 0.03}
MAX_TOKENS = 100
"""Of a row: what isn't reserved for one call is left to the others in flight."""
SHARES = (0.3, 2.0)
"""The budgets, in costs of a whole run without faults; at the least of them there is hardly room for a plan."""


def walls(rows: int, budgets: int) -> list[Line]:
    """Random budgets, each a run of its own."""
    whole = _whole_run_cost(rows)
    rng = random.Random(0)
    passed, cut, lost, unfinished, used = 0, 0, 0, 0, []
    with Endpoint(latency_s=0.005, faults=FAULTS) as endpoint:
        for seed in range(budgets):
            cap = rng.uniform(*SHARES) * whole
            with tempfile.TemporaryDirectory() as name:
                billed = _billed(endpoint)
                before = _accepted(endpoint, rows, cap, seed, Path(name))
                billed = _billed(endpoint) - billed
                after = _accepted(endpoint, rows, 100 * whole, seed, Path(name))
            passed += billed > cap * (1 + 1e-9)
            cut += len(before) < rows
            used.append(billed / cap)
            lost += len(before - after)
            unfinished += len(after) < rows
    note = f"{cut} runs were cut; {100 * fmean(used):.0f} % of a budget was used, at most {100 * max(used):.0f} %"
    return [
        Line(f"f. budgets of {budgets} that were passed by what was billed", passed, most=0, note=note),
        Line("f. rows lost at the budget", lost, most=0),
        Line("f. runs unfinished after a bigger budget", unfinished, most=0),
    ]


def _accepted(endpoint: Endpoint, rows: int, cap: float, seed: int, folder: Path) -> set[str]:
    """Ids of the rows there are after a sitting under a budget."""
    given = runs.recipe(
        endpoint.base_url,
        rows,
        model={"price": PRICE},
        arms=[{"use": "naive", "with": {"max_tokens": MAX_TOKENS}}],
        budget={"max_cost": cap},
        seed=seed,
    )
    try:
        return {row.id for row in runs.run(given, folder).results}
    except BudgetReached:
        return set()


def _billed(endpoint: Endpoint) -> float:
    seen: dict[str, Any] = endpoint.stats()
    prompt = seen["prompt_tokens"] * PRICE["prompt_per_million"]
    return (prompt + seen["completion_tokens"] * PRICE["completion_per_million"]) / 1e6


def _whole_run_cost(rows: int) -> float:
    with Endpoint() as endpoint, runs.fresh(runs.recipe(endpoint.base_url, rows)):
        return _billed(endpoint)
