"""A value between bounds: whether it is, how far off it is, and what the verdict says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bound:
    """A value that must lie between bounds, and the codes for when it doesn't."""

    name: str
    value: float
    low: float | None
    high: float | None

    def score(self) -> float:
        """1.0 between the bounds, both included; else the nearer bound over the value, or the value over it."""
        if self.low is not None and self.value < self.low:
            return self.value / self.low
        if self.high is not None and self.value > self.high:
            return self.high / self.value
        return 1.0

    def failure(self) -> Mapping[str, Any] | None:
        """Reason, measured and threshold, where it doesn't."""
        if self.high is not None and self.value > self.high:
            return {"reason": f"{self.name}_too_high", "measured": self.value, "threshold": self.high}
        if self.low is not None and self.value < self.low:
            return {"reason": f"{self.name}_too_low", "measured": self.value, "threshold": self.low}
        return None
