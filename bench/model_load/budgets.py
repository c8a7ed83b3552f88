"""Budgets in money against what the endpoint bills, faults included, then more money and the rest of the rows."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from datagen_core.errors import BudgetReached
from model_load import runs
from model_load.endpoint import Endpoint
from model_load.line import Line

PRICE = {"prompt_per_million": 2.0, "completion_per_million": 8.0}
FAULTS = {"server_error": 0.03, "malformed": 0.03, "reset": 0.03}
MOST_OF_A_RUN = 1.3
"""The highest budget, in costs of a whole run without faults. A call reserves about four times what it uses."""


def walls(rows: int, budgets: int) -> list[Line]:
    """Random budgets, each a run of its own."""
    whole = _whole_run_cost(rows)
    rng = random.Random(0)
    passed, lost, unfinished, most_used = 0, 0, 0, 0.0
    for _ in range(budgets):
        cap = rng.uniform(0, MOST_OF_A_RUN) * whole
        with Endpoint(latency_s=0.005, faults=FAULTS) as endpoint, tempfile.TemporaryDirectory() as name:
            before = _accepted(endpoint, rows, cap, Path(name))
            billed = _billed(endpoint)
            passed += billed > cap * (1 + 1e-9)
            most_used = max(most_used, billed / cap)
            after = _accepted(endpoint, rows, 10 * whole, Path(name))
            lost += len(before - after)
            unfinished += len(after) < rows
    note = f"the dearest took {100 * most_used:.0f} % of its budget"
    return [
        Line(f"f. budgets of {budgets} that were passed by what was billed", passed, most=0, note=note),
        Line("f. rows lost at the budget", lost, most=0),
        Line("f. runs unfinished after a bigger budget", unfinished, most=0),
    ]


def _accepted(endpoint: Endpoint, rows: int, cap: float, folder: Path) -> set[str]:
    """Ids of the rows there are after a sitting under a budget."""
    given = runs.recipe(endpoint.base_url, rows, model={"price": PRICE}, budget={"max_cost": cap})
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
