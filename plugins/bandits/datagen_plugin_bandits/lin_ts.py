"""Linear Thompson sampling: each arm as often as its linear model is believed to give the highest reward."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.context import Context
from datagen_plugin_bandits import chance_of_best
from datagen_plugin_bandits.bandit import Odds
from datagen_plugin_bandits.config import LinTsConfig
from datagen_plugin_bandits.linear import LinearBandit, features_of


class LinTs(LinearBandit[LinTsConfig]):
    """Arms with the probability that θᵀx is the highest, with each arm's θ ~ N(A⁻¹ b, v² A⁻¹) independent.

    Source: Agrawal & Goyal 2013, Thompson sampling for contextual bandits with linear payoffs. Different here: one
    parameter per arm (the source's single one, with a block of features for each arm); θᵀx is then N(mean, v² xᵀA⁻¹x),
    and the arm is drawn from the probabilities of being highest, by quadrature, so that the propensity is known;
    v is given, not derived from the horizon; x and the prior mean are those of lin-ucb.
    """

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        x = features_of(context)
        means, widths = self.scores(names, x)
        shares = chance_of_best.of_gaussians(means, [self.config.v * width for width in widths])
        return Odds(shares=shares, why="drawn by the probability of being best", scores=shares, facts=x)
