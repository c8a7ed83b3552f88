"""Counts and totals per arm in which a decision counts less with every decision made since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DiscountedSums:
    """Sums of weights and of weighted rewards, each multiplied by gamma^age; with gamma 1 they are plain sums.

    The age of a decision is the number of decisions made after it, of whatever arm, so that all arms age alike and
    a reward that comes late counts for when it was decided.

    Example:
        >>> sums = DiscountedSums(0.5)
        >>> sums.add("a", 1.0, decided=0, latest=0)
        >>> sums.add("a", 0.0, decided=1, latest=1)
        >>> sums.at(1)
        ({'a': 1.5}, {'a': 0.5})
    """

    def __init__(self, gamma: float) -> None:
        self._gamma = gamma
        self._as_of = 0
        self._counts: dict[str, float] = {}
        self._totals: dict[str, float] = {}

    def add(self, arm: str, reward: float, *, decided: int, latest: int, weight: float = 1.0) -> None:
        """Takes in the reward of decision number `decided`; `latest` is the number of the latest decision."""
        self._counts, self._totals = self.at(latest)
        self._as_of = latest
        weight *= self._gamma ** (latest - decided)
        self._counts[arm] = self._counts.get(arm, 0.0) + weight
        self._totals[arm] = self._totals.get(arm, 0.0) + weight * reward

    def at(self, latest: int) -> tuple[dict[str, float], dict[str, float]]:
        """Counts and totals per arm when decision number `latest` was the latest."""
        factor = self._gamma ** (latest - self._as_of)
        return (
            {arm: factor * count for arm, count in self._counts.items()},
            {arm: factor * total for arm, total in self._totals.items()},
        )

    def as_answered(self) -> tuple[dict[str, float], dict[str, float]]:
        """Counts and totals per arm as of the latest reward."""
        return self.at(self._as_of)

    def to_json(self) -> dict[str, Any]:
        """All it knows."""
        return {"as_of": self._as_of, "counts": dict(self._counts), "totals": dict(self._totals)}

    def load(self, state: Mapping[str, Any]) -> None:
        """Inverse of `to_json`."""
        self._as_of = int(state["as_of"])
        self._counts, self._totals = dict(state["counts"]), dict(state["totals"])
