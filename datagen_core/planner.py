"""How many rows of which kind the next batch is asked for, and which rows still count."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from datagen_core.coverage import ANY, Coverage, Stratum, exact_shares
from datagen_core.generator import Cell
from datagen_core.sample import Sample

EASE_FLOOR = 0.25
"""A stratum is asked for at most four times over: one that nothing fills mustn't take all of a batch."""


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


Missing = dict[Stratum, int]


@dataclass(slots=True)
class Planner:
    """Keeps count of what is wanted and what is there.

    Attributes:
        num_samples: The target.
        coverage: What the rows should be made of.
        batch_size: The most rows asked for at once.
        accepted: Accepted rows by stratum; those of no wanted one aren't counted.
        arms: What each arm yielded.
        prior: What arms are thought to yield before they did: rows passed of rows requested.
    """

    num_samples: int
    coverage: Coverage
    batch_size: int
    accepted: Counter[Stratum] = field(default_factory=Counter)
    arms: dict[str, ArmRecord] = field(default_factory=dict)
    prior: tuple[int, int] = (1, 2)
    tried: Counter[Stratum] = field(default_factory=Counter)
    _targets: tuple[int, Missing] | None = None

    def targets(self) -> Missing:
        """Rows wanted by stratum, summing to the target; `{ANY: target}` where any will do."""
        if not self.coverage:
            return {ANY: self.num_samples}
        if self._targets is None or self._targets[0] != self.num_samples:
            shares = exact_shares(self.num_samples, self.coverage.shares, least=self.coverage.least)
            self._targets = (self.num_samples, shares)
        return self._targets[1]

    def missing(self) -> Missing:
        """Rows still wanted, by stratum; only those that lack some."""
        left_by = {stratum: n - self.accepted[stratum] for stratum, n in self.targets().items()}
        missing = {stratum: n for stratum, n in left_by.items() if n > 0}
        over = sum(missing.values()) - max(0, self.num_samples - self.accepted.total())
        while over > 0:  # a target that grew can want fewer of a stratum than it has: the others give way
            most = max(missing, key=lambda stratum: missing[stratum])
            missing[most] -= 1
            over -= 1
        return {stratum: n for stratum, n in missing.items() if n > 0}

    def shortfall(self) -> dict[str, int]:
        """What is missing, by the names of the strata."""
        return {stratum.name: n for stratum, n in self.missing().items()}

    def expected_missing(self, in_flight: Iterable[Order]) -> Missing:
        """What will be missing if the batches in flight yield as expected."""
        missing, targets = {stratum: float(n) for stratum, n in self.missing().items()}, self.targets()
        for order in in_flight:
            arm_yield = self.record(order.arm).expected_yield
            for cell in order.cells:
                own = Stratum(cell.label, cell.values)
                parts = [own] if own in targets else [stratum for stratum in targets if stratum.holds(cell)]
                whole = sum(targets[stratum] for stratum in parts) or 1
                for stratum in parts:
                    if stratum in missing:
                        share = 1.0 if len(parts) == 1 else targets[stratum] / whole
                        missing[stratum] -= cell.n * arm_yield * self.ease(stratum) * share
        return {stratum: math.ceil(n) for stratum, n in missing.items() if n > 0}

    def fillable(self, missing: Mapping[Stratum, int], labels: frozenset[str] | None) -> Missing:
        """The part of `missing` that an arm with these labels can make (None: any)."""
        return {s: n for s, n in missing.items() if labels is None or s.label is None or s.label in labels}

    def cells(
        self, arm: str, wanted: Mapping[Stratum, int], steers: frozenset[str] = frozenset()
    ) -> tuple[Cell, ...]:
        """What to ask of an arm: enough for the expected yield, at most a batch, spread by what is missing.

        A cell names what the arm steers by; strata that differ in other keys only are one cell. Each gets a row at
        least, if the batch goes round: one that nothing can fill doesn't crowd out the last rows of another.
        """
        arm_yield = self.record(arm).expected_yield
        asked: Counter[Stratum] = Counter()
        for stratum, n in wanted.items():
            values = tuple((key, value) for key, value in stratum.values if key in steers)
            asked[Stratum(stratum.label, values)] += math.ceil(n / (arm_yield * self.ease(stratum)))
        parts = exact_shares(min(self.batch_size, asked.total()), asked, least=1)
        return tuple(Cell(s.label, n, s.values) for s, n in parts.items() if n)

    def ease(self, stratum: Stratum) -> float:
        """How many of the rows asked for in a stratum count, of those that count anywhere: in [EASE_FLOOR, 1].

        Both are smoothed as (accepted + 1) / (tried + 2); 1 where only labels are wanted, which arms tell by
        themselves.
        """
        if not self.coverage.by:
            return 1.0
        own = (self.accepted[stratum] + 1) / (self.tried[stratum] + 2)
        whole = (self.accepted.total() + 1) / (self.tried.total() + 2)
        return min(1.0, max(EASE_FLOOR, own / whole))

    def committed(self, arm: str, cells: Sequence[Cell], passed: int, *, failed: bool) -> None:
        """Counts a batch: what was asked for and how many rows passed."""
        record = self.record(arm)
        requested = sum(cell.n for cell in cells)
        record.batches += 1
        record.requested += requested
        record.passed += passed
        record.errors_in_a_row = record.errors_in_a_row + 1 if failed else 0
        for cell in cells:
            stratum = Stratum(cell.label, cell.values)
            if stratum in self.targets():
                self.tried[stratum] += cell.n

    def take(self, sample: Sample) -> str:
        """Counts a passed row in: `accepted`, or `surplus` when its stratum has all it wants."""
        stratum = self.coverage.of(sample)
        full = self.accepted[stratum] >= self.targets().get(stratum, 0)
        if self.accepted.total() >= self.num_samples or full:
            return "surplus"
        self.accepted[stratum] += 1
        return "accepted"

    def unwanted(self, sample: Sample) -> Stratum | None:
        """The stratum of a row that can never count, or None: with a coverage, only what it names."""
        stratum = self.coverage.of(sample)
        return None if stratum in self.targets() else stratum

    def record(self, arm: str) -> ArmRecord:
        """The arm's record, made on first use."""
        return self.arms.setdefault(arm, ArmRecord(prior=self.prior))
