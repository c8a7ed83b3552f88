"""Uniform: every offered arm with the same probability. Learns nothing; the baseline to beat."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.router import (
    NOTHING_KNOWN,
    Arm,
    Decision,
    Feedback,
    Outlook,
    Router,
    check_reward,
)


class Uniform(Router[Config]):
    """Chooses uniformly at random among the arms offered."""

    def select(
        self,
        context: Context,
        arms: Sequence[Arm],
        *,
        decision_id: str,
        rng: random.Random,
        outlook: Outlook = NOTHING_KNOWN,
    ) -> Decision:
        """See `Router.select`."""
        return Decision(
            id=decision_id, arm=rng.choice(arms).name, propensity=1 / len(arms), reason="uniform choice"
        )

    def update(self, decision_id: str, feedback: Feedback) -> None:
        """Checks the reward and forgets it."""
        check_reward(feedback.reward)

    def state(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load(self, state: Mapping[str, Any]) -> None:
        """Nothing to load."""
