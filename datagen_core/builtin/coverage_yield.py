"""The default reward where a distribution is asked for: what came through, was new, good and needed."""

from __future__ import annotations

from datagen_core.config import Config
from datagen_core.reward import Outcome, Reward, RewardValue


class CoverageYield(Reward[Config]):
    """(novel rows in strata that lacked some ÷ requested rows) × mean validator score of the novel rows, in [0, 1].

    A row of a stratum that has all it wants counts as zero, like one that was rejected. Without labels and
    `coverage` it is `novel-yield`, until the target is reached.
    """

    def score(self, outcome: Outcome) -> RewardValue:
        """See `Reward.score`; 0 when nothing passed."""
        quality = outcome.novel_quality or 0.0
        components = {
            "coverage_gain": outcome.coverage_gain,
            "novel_share": outcome.novel_share,
            "quality": quality,
        }
        return RewardValue(value=outcome.coverage_gain * quality, components=components)
