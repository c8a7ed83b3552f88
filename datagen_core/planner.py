"""How many rows of which label the next batch is asked for, and which rows still count."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from datagen_core.generator import Cell


def exact_shares(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Splits a whole number by weights so that the parts sum to it exactly (largest remainder).

    Ties go to the earlier key. `{}` for no weights.

    Example:
        >>> exact_shares(10, {"a": 1, "b": 1, "c": 1})
        {'a': 4, 'b': 3, 'c': 3}
    """
    weight = sum(weights.values())
    if not weights or weight <= 0:
        return dict.fromkeys(weights, 0)
    quotas = {key: total * value / weight for key, value in weights.items()}
    parts = {key: math.floor(quota) for key, quota in quotas.items()}
    left = total - sum(parts.values())
    by_fraction = sorted(quotas, key=lambda key: round(parts[key] - quotas[key], 9))  # 4/3 - 1 equals 1/3
    for key in by_fraction[:left]:
        parts[key] += 1
    return parts


@dataclass(slots=True)
class ArmRecord:
    """What is known of an arm's yield: rows asked for, rows passed, failures in a row."""

    batches: int = 0
    requested: int = 0
    passed: int = 0
    errors_in_a_row: int = 0
    prior: tuple[int, int] = (1, 2)

    @property
    def expected_yield(self) -> float:
        """Share of requested rows that pass, smoothed by as many imagined ones: by default 1 of 2."""
        return (self.passed + self.prior[0]) / (self.requested + self.prior[1])


@dataclass(frozen=True, slots=True)
class Order:
    """A planned batch as the planner needs to know it: whose it is and what it was asked for."""

    arm: str
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class Planner:
    """Keeps count of what is wanted and what is there.

    Attributes:
        num_samples: The target.
        quotas: Label → share, summing to 1; empty when labels don't matter.
        batch_size: The most rows asked for at once.
        accepted: Label → accepted rows.
        arms: What each arm yielded.
        prior: What arms are thought to yield before they did: rows passed of rows requested.
    """

    num_samples: int
    quotas: Mapping[str, float]
    batch_size: int
    accepted: Counter[str | None] = field(default_factory=Counter)
    arms: dict[str, ArmRecord] = field(default_factory=dict)
    prior: tuple[int, int] = (1, 2)
    _targets: tuple[int, dict[str | None, int]] | None = None

    def targets(self) -> dict[str | None, int]:
        """Rows wanted by label, summing to the target; `{None: target}` without quotas."""
        if not self.quotas:
            return {None: self.num_samples}
        if self._targets is None or self._targets[0] != self.num_samples:
            shares: dict[str | None, int] = {}
            shares.update(exact_shares(self.num_samples, self.quotas).items())
            self._targets = (self.num_samples, shares)
        return self._targets[1]

    def missing(self) -> dict[str | None, int]:
        """Rows still wanted, by label; only labels that lack some."""
        if not self.quotas:
            left = self.num_samples - self.accepted.total()
            return {None: left} if left > 0 else {}
        left_by = {label: n - self.accepted[label] for label, n in self.targets().items()}
        missing = {label: n for label, n in left_by.items() if n > 0}
        over = sum(missing.values()) - max(0, self.num_samples - self.accepted.total())
        while over > 0:  # a target that grew can want fewer of a label than it has: the others give way
            most = max(missing, key=lambda label: missing[label])
            missing[most] -= 1
            over -= 1
        return {label: n for label, n in missing.items() if n > 0}

    def expected_missing(self, in_flight: Iterable[Order]) -> dict[str | None, int]:
        """What will be missing if the batches in flight yield as expected."""
        missing = {label: float(n) for label, n in self.missing().items()}
        for order in in_flight:
            share = self.record(order.arm).expected_yield
            for cell in order.cells:
                if cell.label in missing:
                    missing[cell.label] -= cell.n * share
        return {label: math.ceil(n) for label, n in missing.items() if n > 0}

    def fillable(
        self, missing: Mapping[str | None, int], labels: frozenset[str] | None
    ) -> dict[str | None, int]:
        """The part of `missing` that an arm with these labels can make (None: any)."""
        return {k: n for k, n in missing.items() if labels is None or k is None or k in labels}

    def cells(self, arm: str, wanted: Mapping[str | None, int]) -> tuple[Cell, ...]:
        """What to ask of an arm: enough for the expected yield, at most a batch, spread by what is missing."""
        share = self.record(arm).expected_yield
        asked = {label: math.ceil(n / share) for label, n in wanted.items()}
        total = min(self.batch_size, sum(asked.values()))
        if None in asked:
            return (Cell(None, total),)
        parts = exact_shares(total, {str(label): float(n) for label, n in asked.items()})
        return tuple(Cell(label, n) for label, n in parts.items() if n)

    def take(self, label: str | None) -> str:
        """Counts a passed row in: `accepted`, or `surplus` when its label has all it wants."""
        key = label if self.quotas else None
        if self.accepted.total() >= self.num_samples or self.accepted[key] >= self.targets().get(key, 0):
            return "surplus"
        self.accepted[key] += 1
        return "accepted"

    def wants(self, label: str | None) -> bool:
        """Whether a row of this label can ever count: with quotas, only the labels they name."""
        return not self.quotas or label in self.quotas

    def record(self, arm: str) -> ArmRecord:
        """The arm's record, made on first use."""
        return self.arms.setdefault(arm, ArmRecord(prior=self.prior))
