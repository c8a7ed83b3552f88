"""How far a run is, and how it ended."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a sitting ended: `complete`, `short`, `budget` or `interrupted`, why, and what is missing by label."""

    status: str
    why: str
    shortfall: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Progress:
    """What a live view shows; counts are of the whole run, `started_*` of this sitting."""

    target: int
    accepted: int = 0
    rejected: int = 0
    surplus: int = 0
    batches: int = 0
    by_arm: dict[str, list[float]] = field(default_factory=dict)  # rewards, in commit order
    accepted_by_arm: Counter[str] = field(default_factory=Counter)
    arm_now: str = ""
    started_at: float = field(default_factory=time.monotonic)
    started_accepted: int = 0
    started_batches: int = 0

    @property
    def rows_per_s(self) -> float:
        """Accepted rows per second of this sitting."""
        return (self.accepted - self.started_accepted) / max(1e-9, time.monotonic() - self.started_at)

    @property
    def time_left_s(self) -> float | None:
        """Seconds to the target at this pace, or None before anything was accepted."""
        return (self.target - self.accepted) / self.rows_per_s if self.rows_per_s > 0 else None
