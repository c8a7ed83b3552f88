"""The wanted distribution: strata with exact shares, and which of them a row belongs to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from datagen_core.generator import Cell
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample

if TYPE_CHECKING:
    from datagen_core.store.reading import RunReader


K = TypeVar("K", bound=Hashable)


def exact_shares(total: int, weights: Mapping[K, float], *, least: int = 0) -> dict[K, int]:
    """Splits a whole number by weights so that the parts sum to it exactly (largest remainder).

    Ties go to the earlier key. `{}` for no weights. With `least`, no part of a positive weight is smaller, as far
    as the total goes round; those above it give.

    Example:
        >>> exact_shares(10, {"a": 1, "b": 1, "c": 1})
        {'a': 4, 'b': 3, 'c': 3}
        >>> exact_shares(10, {"a": 98, "b": 1, "c": 1}, least=2)
        {'a': 6, 'b': 2, 'c': 2}
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
    least = min(least, total // max(1, sum(value > 0 for value in weights.values())))
    for key in parts:
        while weights[key] > 0 and parts[key] < least:
            parts[max(parts, key=lambda other: parts[other])] -= 1
            parts[key] += 1
    return parts


@dataclass(frozen=True, slots=True)
class Stratum:
    """Rows of one kind: a label (None: any) and a value for each key that the recipe covers."""

    label: str | None = None
    values: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """As reports and errors write it: the label, then `key=value`; "rows" for any."""
        parts = [f"{key}={value}" for key, value in self.values]
        return ", ".join([*([self.label] if self.label is not None else []), *parts]) or "rows"

    def holds(self, cell: Cell) -> bool:
        """Whether rows of this stratum may be made for a cell: its label and values, where it has them, agree."""
        return cell.label in (None, self.label) and set(cell.values) <= set(self.values)


ANY = Stratum()


@dataclass(frozen=True)
class Coverage:
    """What the accepted rows should be made of.

    Targets are those of the whole cross product of labels and keys, by largest remainder, so that they sum to the
    number of rows exactly; no stratum is filled in another's place.

    Attributes:
        labels: Label → share; empty where labels don't matter.
        by: Key → value → share, such as {"language": {"en": 2, "de": 1}}.
        least: Rows that every stratum is to have at least, as far as the target goes.
    """

    labels: Mapping[str, float] = EMPTY
    by: Mapping[str, Mapping[str, float]] = EMPTY
    least: int = 0

    def __bool__(self) -> bool:
        return bool(self.labels or self.by)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys beside the label."""
        return tuple(self.by)

    @cached_property
    def shares(self) -> dict[Stratum, float]:
        """Stratum → share of the target, summing to 1; `{}` where any row will do."""
        if not self:
            return {}
        out = {Stratum(label): share for label, share in _normal(self.labels).items()} or {ANY: 1.0}
        for key, values in self.by.items():
            out = {
                Stratum(stratum.label, (*stratum.values, (key, value))): before * share
                for stratum, before in out.items()
                for value, share in _normal(values).items()
            }
        return out

    def counted(self, store: RunReader) -> dict[Stratum, int]:
        """Accepted rows of a run by stratum."""
        if not self:
            return {ANY: store.counts().get("accepted", 0)}
        if not self.by:
            return {Stratum(label): n for label, n in store.label_counts().items()}
        return Counter(self.of(Sample.from_json(record)) for record in store.records())

    def of(self, sample: Sample) -> Stratum:
        """The stratum of a row, wanted or not; a value that the row doesn't tell is ""."""
        if not self:
            return ANY
        label = sample.label if self.labels else None
        return Stratum(label, tuple((key, sample.value_of(key) or "") for key in self.by))


def _normal(shares: Mapping[str, float]) -> dict[str, float]:
    whole = sum(shares.values())
    return {value: share / whole for value, share in shares.items()}
