"""A text on its way, and what is kept of its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_controlled.constraints import Finding
from datagen_plugin_controlled.orders import Order

Findings = tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text on its way.

    Attributes:
        parts: `text`, or `input` and `response`; empty before there is one.
        params: What the last call for a text was asked.
        rounds: What was found of each text so far, in the order of the constraints.
        refusal: Why that call gave no text, where it didn't.
    """

    parts: Mapping[str, str] = EMPTY
    params: Mapping[str, Any] = EMPTY
    rounds: tuple[Findings, ...] = ()
    refusal: Refusal | None = None

    @property
    def text(self) -> str:
        """What the constraints are about."""
        return self.parts.get("response", self.parts.get("text", ""))


def record(order: Order, rounds: tuple[Findings, ...]) -> dict[str, Any]:
    """What is kept of the checks: of the last text, and what the first satisfied. Empty where nothing was checked."""
    if not rounds:
        return {}
    last = zip(order.constraints, rounds[-1], strict=True)
    first = zip(order.constraints, rounds[0], strict=True)
    return {
        "constraints": {
            one.name: {"wanted": one.wanted, "measured": dict(found.measured), "satisfied": found.satisfied}
            for one, found in last
        },
        "repairs": len(rounds) - 1,
        "satisfied_at_first": {one.name: found.satisfied for one, found in first},
    }
