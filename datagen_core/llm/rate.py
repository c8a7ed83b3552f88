"""Calls and tokens per minute, where a provider's limit is told: a token bucket."""

from __future__ import annotations

from collections.abc import Callable

BURST_S = 0.5
"""Half a second's worth may go at once: providers' own buckets hold a second's or more."""


class Bucket:
    """Fills steadily; taking more than is there is a debt that the next one waits for.

    Args:
        per_minute: How much flows in.
        clock: Seconds, monotonic.
    """

    def __init__(self, per_minute: float, *, clock: Callable[[], float]) -> None:
        self._per_s = per_minute / 60
        self._capacity = max(1.0, self._per_s * BURST_S)
        self._level = self._capacity
        self._clock = clock
        self._at = clock()

    def wait_s(self, amount: float) -> float:
        """How long until an amount may be taken; 0 when it may be now. More than fits waits for a full bucket."""
        self._fill()
        missing = min(amount, self._capacity) - self._level
        return max(0.0, missing / self._per_s) if missing > 1e-9 else 0.0

    def take(self, amount: float) -> None:
        """Takes an amount; a negative one gives back what wasn't used."""
        self._fill()
        self._level = min(self._capacity, self._level - amount)

    def _fill(self) -> None:
        now = self._clock()
        self._level = min(self._capacity, self._level + (now - self._at) * self._per_s)
        self._at = now
