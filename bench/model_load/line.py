"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured and what it may be; None where a figure stands beside a bar without having one."""

    title: str
    measured: float
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool:
        is_little = self.most is None or self.measured <= self.most
        return is_little and (self.least is None or self.measured >= self.least)

    def __str__(self) -> str:
        bars = [f"≤ {self.most:g}"] if self.most is not None else []
        bars += [f"≥ {self.least:g}"] if self.least is not None else []
        missed = "" if self.is_met else "MISSED "
        return f"{self.title:72} {self.measured:9.2f} {', '.join(bars):>9}  {missed}{self.note}".rstrip()
