"""The scale that grades are on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from `low` to `high`, both included; whole ones alone where `is_whole`."""

    low: float = 0.0
    high: float = 1.0
    is_whole: bool = False

    @property
    def is_unit(self) -> bool:
        """Whether it is 0 to 1, so that a value is its own score."""
        return (self.low, self.high) == (0, 1)

    def has(self, value: float) -> bool:
        """Whether a value lies on it.

        Example:
            >>> [Scale(1, 5, is_whole=True).has(value) for value in (0, 1, 4.5, 5, 6)]
            [False, True, False, True, False]
        """
        return self.low <= value <= self.high and (not self.is_whole or value == int(value))

    def share(self, value: float) -> float:
        """Where a value of it lies between its ends: 0 at the low one, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)

    def at(self, share: float) -> float:
        """The value at such a share, to three decimals."""
        return round(self.low + share * (self.high - self.low), 3)

    def in_words(self) -> str:
        """As prompts say it: `a number from 0 to 5, decimals allowed`."""
        ends = f"from {self.low:g} to {self.high:g}"
        return f"a whole number {ends}" if self.is_whole else f"a number {ends}, decimals allowed"
