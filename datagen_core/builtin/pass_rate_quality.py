"""The reward of much of the literature, named for what it is. It can be gamed: see `novel-yield`."""

from __future__ import annotations

from datagen_core.config import Config
from datagen_core.reward import Outcome, Reward, RewardValue


class PassRateQuality(Reward[Config]):
    """(rows passed ÷ rows generated) × mean validator score, in [0, 1]; 0 for an empty batch.

    8 of 10 passing with mean score 0.8 gives 0.64. Duplicates that no validator rejects pay in full, and one
    perfect row of twenty asked for pays like twenty: use it to compare, not to route.
    """

    def score(self, outcome: Outcome) -> RewardValue:
        """See `Reward.score`."""
        rate = len(outcome.passed) / outcome.generated if outcome.generated else 0.0
        quality = outcome.quality if outcome.quality is not None else 0.0
        return RewardValue(value=rate * quality, components={"pass_rate": rate, "quality": quality})
