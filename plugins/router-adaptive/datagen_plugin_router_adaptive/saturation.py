"""How far an arm is used up: its accepted samples, on which its reward may fall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROWS_PER_LOAD = 100.0
MAX_CONTEXTS = 64
"""Contexts counted apart per arm; the count of the one unused longest is dropped."""

GUESSED_RATE, GUESSED_ROWS = 0.5, 20.0
"""Acceptance before anything is known, and the rows that this guess is worth."""


class Saturation:
    """Accepted samples of an arm per context, and its rate of acceptance.

    An arm with a finite pool of N distinct samples repeats what is accepted already with probability
    accepted/N, so its rate of novel samples falls linearly in them: a slope in the linear model is exact.
    """

    def __init__(self) -> None:
        self._accepted: dict[str, int] = {}
        self._rows = 0
        self._passed = 0

    def load(self, context: str, rows_in_flight: int) -> float:
        """Accepted samples in hundreds, those expected of batches in flight included."""
        return (self._accepted.get(context, 0) + self.rate * rows_in_flight) / ROWS_PER_LOAD

    @property
    def rate(self) -> float:
        """Share of the rows asked for that was accepted, shrunk to one half."""
        return (self._passed + GUESSED_RATE * GUESSED_ROWS) / (self._rows + GUESSED_ROWS)

    def add(self, context: str, requested: int, accepted: int) -> None:
        """Takes a batch."""
        self._rows += requested
        self._passed += accepted
        self._accepted[context] = self._accepted.pop(context, 0) + accepted
        while len(self._accepted) > MAX_CONTEXTS:
            del self._accepted[next(iter(self._accepted))]

    def state(self) -> dict[str, Any]:
        """As JSON. Contexts are listed in the order of their use only where some had to be dropped."""
        return {"accepted": dict(self._accepted), "rows": self._rows, "passed": self._passed}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Saturation:
        """Inverse of `state`."""
        out = cls()
        out._accepted = {str(name): int(n) for name, n in state["accepted"].items()}
        out._rows, out._passed = int(state["rows"]), int(state["passed"])
        return out
