"""Epsilon-decreasing: the best mean, and any arm with a probability that falls as 1/n."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds
from datagen_plugin_bandits.config import EpsilonDecreasingConfig


class EpsilonDecreasing(Bandit[EpsilonDecreasingConfig]):
    """At decision n of K arms: any arm with probability ε = min(1, cK / (d²n)), else the best mean.

    Source: Auer, Cesa-Bianchi & Fischer 2002, Finite-time analysis of the multiarmed bandit problem, Figure 3
    (ε_n-greedy). Its regret is logarithmic only where d is at most the gap between the two best arms. As there, no
    arm is tried on purpose: one that comes late is found by exploration alone, and without a reward it isn't best.
    """

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        arms = len(names)
        epsilon = min(1.0, self.config.c * arms / (self.config.d**2 * (self.decisions + 1)))
        best = self.best_known(names)
        shares = [epsilon / arms + (1 - epsilon) * share for share in best.shares]
        return replace(best, shares=shares, why=f"any arm with probability {epsilon:.3f}, else the best mean")
