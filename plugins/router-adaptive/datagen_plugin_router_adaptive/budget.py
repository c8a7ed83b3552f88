"""What a money budget does to the choice: shares of arms that earn most within it, re-solved per decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from datagen_core.router import Outlook
from datagen_plugin_router_adaptive.features import Array
from datagen_plugin_router_adaptive.moments import GRID

SHORTEST_HORIZON = 50.0


@dataclass(slots=True)
class Cost:
    """What an arm has cost so far."""

    money: float = 0.0
    rows: int = 0

    def add(self, money: float, rows: int) -> None:
        """Takes a batch."""
        self.money += round(money * GRID) / GRID
        self.rows += rows

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Cost:
        """From its fields."""
        return cls(float(state["money"]), int(state["rows"]))


def costs_per_row(costs: list[Cost]) -> Array:
    """Each arm's mean; of arms without batches the mean of the others (0 where nothing is known)."""
    known = [cost.money / cost.rows for cost in costs if cost.rows]
    pooled = sum(known) / len(known) if known else 0.0
    return np.array([cost.money / cost.rows if cost.rows else pooled for cost in costs])


def batches_ahead(outlook: Outlook, decisions: int) -> float:
    """How many batches the budget must last for.

    Rows missing over rows per batch, as if every row were accepted. Where it is unknown how many are missing,
    a pacer: as many batches again as were decided so far, fifty at least.
    """
    if outlook.rows_missing is None:
        return max(SHORTEST_HORIZON, float(decisions))
    return max(1.0, outlook.rows_missing / max(1, outlook.requested))


def shares(values: Array, costs: Array, allowance: float) -> Array:
    """Shares of arms that maximise Σ share × value with Σ share × cost ≤ allowance and Σ share ≤ 1.

    A linear programme with two constraints, so at most two arms mix: one that costs less than the allowance
    (or nothing at all: a shorter run) and one that costs more; all pairs are tried. Source: Badanidiyuru,
    Kleinberg & Slivkins, Bandits with knapsacks, FOCS 2013: the optimum over mixed arms, here on upper bounds.

    >>> shares(np.array([0.4, 0.9]), np.array([1.0, 3.0]), 2.0).tolist()
    [0.5, 0.5]
    """
    best = int(np.argmax(values))
    if costs[best] <= allowance:
        return _only(best, len(values))
    cheap = np.flatnonzero(costs <= allowance)
    dear = np.flatnonzero(costs > allowance)
    low_cost = np.append(costs[cheap], 0.0)
    low_value = np.append(values[cheap], 0.0)
    of_dear = (allowance - low_cost[:, None]) / (costs[dear][None, :] - low_cost[:, None])
    worth = low_value[:, None] * (1 - of_dear) + values[dear][None, :] * of_dear
    i, j = divmod(int(np.argmax(worth)), len(dear))
    if i == len(cheap):
        return _only(int(dear[j]), len(values))
    out = np.zeros(len(values))
    out[cheap[i]], out[dear[j]] = 1 - of_dear[i, j], of_dear[i, j]
    return out


def _only(arm: int, arms: int) -> Array:
    out = np.zeros(arms)
    out[arm] = 1.0
    return out
