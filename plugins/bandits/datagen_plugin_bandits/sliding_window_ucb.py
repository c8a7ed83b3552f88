"""Sliding-window UCB: UCB over the latest decisions, for arms whose worth changes."""

from __future__ import annotations

import math
from bisect import insort
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds, Waiting, highest, mean, untried
from datagen_plugin_bandits.config import SlidingWindowUcbConfig


class SlidingWindowUcb(Bandit[SlidingWindowUcbConfig]):
    """Arms without a pull in the window first; then the highest mean + width · √(ξ ln min(t, τ) / pulls).

    Mean and pulls are those of the window: the last τ judged decisions, in the order they were made. Source:
    Garivier & Moulines 2011, On upper-confidence bound policies for switching bandit problems (SW-UCB). Different
    here: pending pulls in the window count in t and pulls, without a reward (an arm with none but these has the mean
    of all arms); they and failures push nothing out; a reward that comes after its place left the window is dropped.
    """

    def __init__(self, config: SlidingWindowUcbConfig) -> None:
        super().__init__(config)
        self._window: list[tuple[int, str, float]] = []

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        totals, counts = self._sums()
        begin = self._window[0][0] if len(self._window) == self.config.window else 0
        tries = counts + Counter(one.arm for one in self.waiting() if one.at >= begin)
        if fresh := untried(names, tries):
            return fresh
        log_t = math.log(max(1, min(tries.total(), self.config.window)))
        bonus = {name: self.config.width * math.sqrt(self.config.xi * log_t / tries[name]) for name in names}
        return highest([mean(totals, counts, name) + bonus[name] for name in names], "highest SW-UCB index")

    def learn(self, decision: Waiting, reward: float, rows: int) -> None:
        """Puts the reward in its place and closes the window behind the last τ."""
        insort(self._window, (decision.at, decision.arm, reward))
        del self._window[: -self.config.window]

    def _sums(self) -> tuple[dict[str, float], Counter[str]]:
        totals: dict[str, float] = {}
        for _, arm, reward in self._window:
            totals[arm] = totals.get(arm, 0.0) + reward
        return totals, Counter(arm for _, arm, _ in self._window)

    def own_state(self) -> dict[str, Any]:
        """The window: number of the decision, arm, reward."""
        return {"window": [list(entry) for entry in self._window]}

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        self._window = [(int(at), str(arm), float(reward)) for at, arm, reward in state["window"]]

    def shown(self, name: str) -> Mapping[str, float]:
        """Pulls and mean in the window."""
        totals, counts = self._sums()
        return {"recent_pulls": counts[name], "recent_mean": mean(totals, counts, name)}
