"""Discounted UCB: UCB in which old rewards fade, for arms whose worth changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds, Waiting, highest, mean, untried
from datagen_plugin_bandits.config import DiscountedUcbConfig
from datagen_plugin_bandits.discounted_sums import DiscountedSums

FADED = 1e-9
"""Discounted pulls below which an arm counts as not tried."""


class DiscountedUcb(Bandit[DiscountedUcbConfig]):
    """Arms not tried first; then the highest mean + 2 · width · √(ξ ln n / pulls).

    Pulls of an arm, their sum n and the mean are discounted: each decision counts γ^(decisions made since). Source:
    Garivier & Moulines 2011, On upper-confidence bound policies for switching bandit problems (D-UCB). Different
    here: pending pulls count in n and pulls, without a reward (an arm with none but these has the mean of all arms);
    ln n is 0 where n is below 1; the clock goes on for decisions that fail.
    """

    def __init__(self, config: DiscountedUcbConfig) -> None:
        super().__init__(config)
        self._sums = DiscountedSums(config.gamma)

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        latest = self.decisions - 1
        counts, totals = self._sums.at(latest)
        tries = dict(counts)
        for one in self.waiting():
            tries[one.arm] = tries.get(one.arm, 0.0) + self.config.gamma ** (latest - one.at)
        if fresh := untried(names, {name: count for name, count in tries.items() if count > FADED}):
            return fresh
        log_n = math.log(max(1.0, math.fsum(tries.values())))
        bonus = {
            name: 2 * self.config.width * math.sqrt(self.config.xi * log_n / tries[name]) for name in names
        }
        return highest([mean(totals, counts, name) + bonus[name] for name in names], "highest D-UCB index")

    def learn(self, decision: Waiting, reward: float, rows: int) -> None:
        """Adds the reward, aged by the decisions made since."""
        self._sums.add(decision.arm, reward, decided=decision.at, latest=self.decisions - 1)

    def own_state(self) -> dict[str, Any]:
        """The discounted sums."""
        return {"discounted": self._sums.to_json()}

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        self._sums.load(state["discounted"])

    def shown(self, name: str) -> Mapping[str, float]:
        """Discounted pulls and mean as of the latest reward."""
        counts, totals = self._sums.as_answered()
        return {"recent_pulls": counts[name], "recent_mean": mean(totals, counts, name)}
