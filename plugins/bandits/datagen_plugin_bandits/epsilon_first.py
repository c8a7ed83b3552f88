"""Epsilon-first: explore, then commit."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds, among, untried
from datagen_plugin_bandits.config import EpsilonFirstConfig


class EpsilonFirst(Bandit[EpsilonFirstConfig]):
    """Any arm with equal probability for the first `explore` decisions; then always the best mean.

    Source: Vermorel & Mohri 2005, Multi-armed bandit algorithms and empirical evaluation, section 2 (ε-first).
    Different here: exploration is given as a number of decisions, because the length of a run isn't known, and an
    arm without a try is tried once before the best mean is taken, so that one that comes later has its chance.
    """

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        if self.decisions < self.config.explore:
            return among(names, names, f"exploring, decision {self.decisions + 1} of {self.config.explore}")
        return untried(names, self.tries()) or self.best_known(names)
