"""UCB1: optimism as a bound that holds for any reward in [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Sequence

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds, highest, untried
from datagen_plugin_bandits.config import Ucb1Config


class Ucb1(Bandit[Ucb1Config]):
    """Each arm once; then the highest mean + width · √(2 ln n / n_arm), n pulls in all.

    Source: Auer, Cesa-Bianchi & Fischer 2002, Finite-time analysis of the multiarmed bandit problem, Figure 1.
    Different here: pending pulls count in n and n_arm, without a reward; an arm whose pulls are all pending has the
    mean of all arms.
    """

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        tries = self.tries()
        log_n = math.log(max(1, tries.total()))
        if fresh := untried(names, tries):
            return fresh
        bonus = {name: self.config.width * math.sqrt(2 * log_n / tries[name]) for name in names}
        return highest([self.mean(name) + bonus[name] for name in names], "highest UCB1 index")
