"""The default reward: what came through, was new, and was good, over what was asked for."""

from __future__ import annotations

from datagen_core.config import Config
from datagen_core.reward import Outcome, Reward, RewardValue


class NovelYield(Reward[Config]):
    """(novel accepted rows ÷ requested rows) × mean validator score of the novel rows, in [0, 1].

    Parse failures, refusals, duplicates and missing rows all count as zero, because the denominator is what
    was requested. A recipe whose validators give no scores has quality 1.
    """

    def score(self, outcome: Outcome) -> RewardValue:
        """See `Reward.score`; 0 when nothing passed."""
        quality = outcome.novel_quality or 0.0
        components = {"novel_share": outcome.novel_share, "quality": quality}
        return RewardValue(value=outcome.novel_share * quality, components=components)
