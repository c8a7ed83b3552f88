"""How far a run is, and how it ended."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datagen_core.llm.accounting import CallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a sitting ended, why, and what is missing by label.

    `status` is `complete`, `short`, `budget`, `unreachable` (a model's endpoint) or `interrupted`.
    """

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
    notice: str = ""  # what the run waits for, if anything
    calls: int = 0  # of this sitting, as are the following
    calls_cached: int = 0
    calls_failed: int = 0
    refusals: int = 0
    tokens: int = 0
    spent: float | None = 0.0

    def called(self, call: CallRecord) -> None:
        """Counts a model call; `spent` is None once a call's price isn't known."""
        self.calls += 1
        self.calls_cached += call.from_cache
        self.calls_failed += bool(call.failure)
        self.refusals += call.refusals
        self.tokens += call.prompt_tokens + call.completion_tokens
        self.spent = None if self.spent is None or call.spent is None else self.spent + call.spent

    @property
    def rows_per_s(self) -> float:
        """Accepted rows per second of this sitting."""
        return (self.accepted - self.started_accepted) / max(1e-9, time.monotonic() - self.started_at)

    @property
    def time_left_s(self) -> float | None:
        """Seconds to the target at this pace, or None before anything was accepted."""
        return (self.target - self.accepted) / self.rows_per_s if self.rows_per_s > 0 else None
