"""Round-robin: every arm in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds, among
from datagen_plugin_bandits.config import RoundRobinConfig


class RoundRobin(Bandit[RoundRobinConfig]):
    """The arm whose last turn is longest ago; one that never had a turn comes first, in the order offered.

    Learns nothing and leaves nothing to chance. With the same arms offered each time it is their fixed cycle; an arm
    that comes late takes one turn, not all those it missed.
    """

    def __init__(self, config: RoundRobinConfig) -> None:
        super().__init__(config)
        self._turns: dict[str, int] = {}

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`; it notes the turn."""
        chosen = min(names, key=lambda name: self._turns.get(name, -1))
        self._turns[chosen] = self.decisions
        return among(names, [chosen], "its turn")

    def own_state(self) -> dict[str, Any]:
        """The number of each arm's latest decision."""
        return {"turns": dict(self._turns)}

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        self._turns = dict(state["turns"])
