"""LinUCB: the highest upper bound of a linear model of the reward, one model per arm."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Odds, highest
from datagen_plugin_bandits.config import LinUcbConfig
from datagen_plugin_bandits.linear import LinearBandit, features_of


class LinUcb(LinearBandit[LinUcbConfig]):
    """The highest θᵀx + α · √(xᵀ A⁻¹ x), with A and θ = A⁻¹ b of each arm's ridge regression.

    Source: Li, Chu, Langford & Schapire 2010, A contextual-bandit approach to personalized news article
    recommendation, Algorithm 1 (disjoint models). Different here: x has an intercept and length 1; rewards are
    centred on a prior mean (0 is the source's); decisions in flight count in A where the width is taken, without a
    reward; batches of earlier runs count.
    """

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        x = features_of(context)
        means, widths = self.scores(names, x, self.waiting())
        bounds = [mean + self.config.alpha * width for mean, width in zip(means, widths, strict=True)]
        odds = highest(bounds, "highest LinUCB bound")
        return Odds(shares=odds.shares, why=odds.why, scores=bounds, facts=x)
