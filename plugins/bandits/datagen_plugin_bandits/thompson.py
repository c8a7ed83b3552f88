"""Thompson sampling: each arm as often as it is believed to be the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_plugin_bandits import chance_of_best
from datagen_plugin_bandits.bandit import Bandit, Odds, Waiting
from datagen_plugin_bandits.config import ThompsonConfig
from datagen_plugin_bandits.discounted_sums import DiscountedSums


class Thompson(Bandit[ThompsonConfig]):
    """Arms with the probability that their mean is the highest under independent posteriors.

    beta: Beta(α + S, β + N − S), with N trials of total reward S; gaussian: the conjugate posterior of a mean under
    noise of known size. Source: Agrawal & Goyal 2013, Further optimal regret bounds for Thompson sampling (both
    posteriors); the discount, which lets N and S fade towards the prior, is of Raj & Kalyani 2017, Taming
    non-stationary bandits. Different here: a reward between 0 and 1 counts as a fraction of a success, not as a coin
    thrown with it; the arm is drawn from the probabilities of being best, by quadrature, in place of the maximum of
    one draw per arm: the same distribution, with the propensity known; the Gaussian prior has a width.
    """

    def __init__(self, config: ThompsonConfig) -> None:
        super().__init__(config)
        self._sums = DiscountedSums(config.discount)

    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """See `Bandit.odds`."""
        counts, totals = self._sums.at(self.decisions - 1)
        believed = [self.posterior(counts.get(name, 0.0), totals.get(name, 0.0)) for name in names]
        first, second = zip(*believed, strict=True)
        is_beta = self.config.posterior == "beta"
        shares = (chance_of_best.of_betas if is_beta else chance_of_best.of_gaussians)(first, second)
        return Odds(shares=shares, why="drawn by the probability of being best", scores=shares)

    def posterior(self, count: float, total: float) -> tuple[float, float]:
        """α and β, or mean and standard deviation, after so many trials of so much reward in all."""
        prior = self.config
        if prior.posterior == "beta":
            return prior.prior_alpha + total, prior.prior_beta + max(0.0, count - total)
        precision = prior.prior_sd**-2 + count * prior.noise_sd**-2
        mean = (prior.prior_mean * prior.prior_sd**-2 + total * prior.noise_sd**-2) / precision
        return mean, float(precision**-0.5)

    def learn(self, decision: Waiting, reward: float, rows: int) -> None:
        """Adds the trials of a batch."""
        weight = float(rows) if self.config.weigh_rows and rows > 0 else 1.0
        self._sums.add(decision.arm, reward, decided=decision.at, latest=self.decisions - 1, weight=weight)

    def own_state(self) -> dict[str, Any]:
        """The discounted trials and rewards."""
        return {"discounted": self._sums.to_json()}

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        self._sums.load(state["discounted"])

    def shown(self, name: str) -> Mapping[str, float]:
        """The posterior as of the latest reward."""
        counts, totals = self._sums.as_answered()
        first, second = self.posterior(counts[name], totals[name])
        keys = ("alpha", "beta") if self.config.posterior == "beta" else ("posterior_mean", "posterior_sd")
        return dict(zip(keys, (first, second), strict=True))
