"""Boltzmann exploration (softmax): the better the mean, the likelier the arm."""

from __future__ import annotations

import math
from collections.abc import Sequence

from datagen_core.context import Context
from datagen_plugin_bandits.bandit import Bandit, Odds, untried
from datagen_plugin_bandits.config import BoltzmannConfig


class Boltzmann(Bandit[BoltzmannConfig]):
    """Each arm once; then arms with probability proportional to exp(mean / temperature).

    The temperature is multiplied by `decay` per decision and stays above `floor`. Source: Sutton & Barto 1998,
    Reinforcement Learning, section 2.3 (softmax action selection); with decay, Vermorel & Mohri 2005, section 2
    (decreasing SoftMax, there 1/n). Different here: the first tries, and an arm whose pulls are all pending has the
    mean of all arms.
    """

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        if fresh := untried(names, self.tries()):
            return fresh
        temperature = max(self.config.floor, self.config.temperature * self.config.decay**self.decisions)
        means = [self.mean(name) for name in names]
        weights = [math.exp((one - max(means)) / temperature) for one in means]
        shares = [weight / math.fsum(weights) for weight in weights]
        return Odds(shares=shares, why=f"softmax of the means at temperature {temperature:.3f}", scores=means)
