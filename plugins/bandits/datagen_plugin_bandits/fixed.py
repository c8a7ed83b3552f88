"""Fixed: one arm makes every batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_core.errors import RecipeError
from datagen_plugin_bandits.bandit import Bandit, Odds, among
from datagen_plugin_bandits.config import FixedConfig


class Fixed(Bandit[FixedConfig]):
    """Always the arm named by `arm`: the baseline of knowing which one to take. Learns nothing.

    When that arm was offered before and isn't now (it failed too often, or makes none of the labels still missing),
    any of the others, at random, so that the run goes on.

    Raises:
        RecipeError: at a decision, where the arm was never offered: its name is wrong.
    """

    def __init__(self, config: FixedConfig) -> None:
        super().__init__(config)
        self._is_known = False

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        arm = self.config.arm
        if arm in names:
            self._is_known = True
            return among(names, [arm], "the arm that was asked for")
        if not self._is_known:
            raise RecipeError(
                f"router 'fixed': no arm {arm!r} is offered",
                where="router.with.arm",
                expected=f"one of {', '.join(names)}",
                hint="write the arm's name as the recipe has it",
            )
        return among(names, names, f"arm {arm!r} isn't offered now: any other")

    def own_state(self) -> dict[str, Any]:
        """Whether the arm was ever offered."""
        return {"is_known": self._is_known}

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        self._is_known = bool(state["is_known"])
