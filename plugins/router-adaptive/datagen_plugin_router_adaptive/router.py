"""The adaptive router: predict, bound, fit to the budget, choose; and learn from what comes back."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datagen_core.context import Context
from datagen_core.router import (
    NOTHING_KNOWN,
    Arm,
    Decision,
    Episode,
    Feedback,
    Outlook,
    Router,
    check_reward,
)
from datagen_plugin_router_adaptive.arm_record import ArmRecord
from datagen_plugin_router_adaptive.belief import Belief
from datagen_plugin_router_adaptive.change_detection import CHANGE_VARIANCE, drift_variance
from datagen_plugin_router_adaptive.config import AdaptiveConfig
from datagen_plugin_router_adaptive.features import Array, context_row
from datagen_plugin_router_adaptive.in_flight import MAX_PENDING, Pending
from datagen_plugin_router_adaptive.moments import weight_of
from datagen_plugin_router_adaptive.prior import Prior
from datagen_plugin_router_adaptive.saturation import Saturation
from datagen_plugin_router_adaptive.selection import Choice, Situation, choose
from datagen_plugin_router_adaptive.summary import summarised
from datagen_plugin_router_adaptive.worth import Credit

FORECAST_DRAWS = 256
"""Joint draws of all arms behind P(best): a standard error of 0.01 at 0.02."""


class AdaptiveRouter(Router[AdaptiveConfig]):
    """A hierarchical Bayesian linear model of the batch reward, and the arm with the highest upper bound.

    reward = prior mean + level + arm + arm's attributes + context + arm × context + slope × accepted samples
    + noise, noise of variance σ²/rows with σ² learned. The bound is mean + width × standard deviation, given
    that the batches in flight will be answered. Around it: `worth`, `saturation`, `change_detection`, `budget`,
    `parking`. Sources: Li, Chu, Langford & Schapire, A contextual-bandit approach to personalized news article
    recommendation, WWW 2010 (the bound on a linear model); the rest is named in the modules.

    With change detection off, and one version per arm, the state depends on the answers alone and not on the
    order in which they came, to the last bit.
    """

    def __init__(self, config: AdaptiveConfig) -> None:
        super().__init__(config)
        self._belief = Belief(Prior())
        self._pending: dict[str, Pending] = {}
        self._decisions = 0
        self._judged = 0
        self._alarms = 0
        self._latest: Pending | None = None
        self._normals: Array = np.zeros((FORECAST_DRAWS, 0))

    def select(
        self,
        context: Context,
        arms: Sequence[Arm],
        *,
        decision_id: str,
        rng: random.Random,
        outlook: Outlook = NOTHING_KNOWN,
    ) -> Decision:
        """See `Router.select`. `details`: mean, low and high (80 %), bonus, cost, width, and whom it displaced."""
        row = context_row(context.vector())
        self._belief.see(row)
        records = {arm.name: self._belief.meet(arm, self._decisions) for arm in arms}
        self._decisions += 1
        situation = Situation(
            belief=self._belief,
            records=records,
            row=row,
            context=context_key(row),
            pending=list(self._pending.values()),
            number=self._decisions,
            outlook=outlook,
            normals=self._draws(len(records)),
        )
        choice = choose(situation, self.config, rng)
        self._remember(decision_id, choice, situation)
        return Decision(
            id=decision_id,
            arm=choice.arm,
            propensity=choice.propensity,
            reason=choice.reason,
            details=choice.details,
        )

    def _remember(self, decision_id: str, choice: Choice, situation: Situation) -> None:
        record = situation.records[choice.arm]
        record.chosen += 1
        record.last_chosen = situation.number
        self._pending[decision_id] = Pending(
            number=situation.number,
            arm=choice.arm,
            context=situation.context,
            row=situation.row,
            load=choice.load,
            requested=max(1, situation.outlook.requested),
        )
        while len(self._pending) > MAX_PENDING:
            del self._pending[next(iter(self._pending))]

    def _draws(self, arms: int) -> Array:
        """Standard normal numbers, the same whenever they are asked for: draws × at least `arms`."""
        if self._normals.shape[1] < arms:
            self._normals = np.random.default_rng(0).standard_normal((arms, FORECAST_DRAWS)).T
        return self._normals

    # -- learning -----------------------------------------------------------------------------------------

    def update(self, decision_id: str, feedback: Feedback) -> None:
        """See `Router.update`."""
        check_reward(feedback.reward)
        decided = self._pending.pop(decision_id, None)
        if decided is None or feedback.reward is None:
            return
        rows = feedback.requested or decided.requested
        z = self._belief.features.vector(decided.row, decided.load)
        y = feedback.reward - self.config.prior_mean
        record = self._belief.records[decided.arm]
        if self.config.detects_change:
            self._watch(decided.arm, record, z, y, weight_of(rows))
        self._belief.learn(decided.arm, z, y, weight_of(rows))
        record.pulls += 1
        record.cost.add(feedback.cost, rows)
        record.saturation.add(decided.context, rows, feedback.accepted)
        self._judged += 1
        if self._latest is None or decided.number > self._latest.number:
            self._latest = decided
        self._belief.settle()

    def _watch(self, arm: str, record: ArmRecord, z: Array, y: float, weight: float) -> None:
        """Lets arms drift where arms have changed before; re-opens this one when it has changed now."""
        mean, covariance = self._belief.predict([arm], z[None, :])
        spread = float(covariance[0, 0]) + self._belief.posterior.noise / weight
        drift = drift_variance(self._alarms, self._judged)
        if record.cusum.sees((y - float(mean[0])) / spread**0.5):
            self._alarms += 1
            self._belief.widen(record, CHANGE_VARIANCE)
        if drift:
            for one in self._belief.records.values():
                self._belief.widen(one, drift)

    def recall(self, episodes: Sequence[Episode]) -> None:
        """Starts from earlier runs: their batches count `memory_weight` each (a power prior).

        An arm that has another version now keeps the mean and gets more width; a domain never met uses what
        the arm was worth over all domains. Source: Ibrahim & Chen, Power prior distributions for regression
        models, Statistical Science 15, 2000.
        """
        pools: dict[tuple[str, str], Saturation] = {}
        for episode in episodes:
            reward = episode.feedback.reward
            if reward is None or not self.config.memory_weight:
                continue
            row = context_row(episode.context)
            self._belief.see(row)
            self._belief.meet(episode.arm)
            pool = pools.setdefault((episode.job, episode.arm.name), Saturation())
            z = self._belief.features.vector(row, pool.load("", 0))
            rows = max(1, episode.feedback.requested)
            count = self.config.memory_weight
            self._belief.learn(
                episode.arm.name, z, reward - self.config.prior_mean, weight_of(rows) * count, count
            )
            pool.add("", rows, episode.feedback.accepted)

    def credit(self, credit_id: str, arm: str, value: float, variance: float) -> None:
        """Evidence of what the arm's rows are worth beyond its rewards, compared with other arms': see `worth`.

        Raises ValueError for a value outside [0, 1] or a variance that isn't above 0, before anything changes.
        """
        check_reward(value)
        if not 0.0 < variance < float("inf"):
            raise ValueError(f"a variance must be above 0, got {variance!r}")
        self._belief.worths.credit(credit_id, Credit(arm, value, variance))

    # -- what there is to see -----------------------------------------------------------------------------

    def summary(self) -> Mapping[str, Mapping[str, float]]:
        """Per arm of this run: pulls, share, mean, low and high (80 %), p_best, alarms, parked, cost per row.

        They are for the context of the latest decision that was judged, and for arms as used up as they are now.
        """
        records = {name: one for name, one in self._belief.records.items() if one.pulls}
        if self._latest is None:
            return {}
        row, context = self._latest.row, self._latest.context
        shown = summarised(self._belief, records, row, context, self._draws(len(records)))
        shift = dict.fromkeys(("mean", "low", "high"), self.config.prior_mean)
        return {
            name: {key: value + shift.get(key, 0.0) for key, value in one.items()}
            for name, one in shown.items()
        }

    def state(self) -> dict[str, Any]:
        """Sums per arm, names of features, decisions in flight, and counts."""
        return {
            **self._belief.state(),
            "pending": {key: one.state() for key, one in self._pending.items()},
            "decisions": self._decisions,
            "judged": self._judged,
            "alarms": self._alarms,
            "latest": self._latest.state() if self._latest else None,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Inverse of `state`."""
        self._belief.load(state)
        self._pending = {key: Pending.from_state(one) for key, one in state["pending"].items()}
        self._decisions = int(state["decisions"])
        self._judged = int(state["judged"])
        self._alarms = int(state["alarms"])
        self._latest = Pending.from_state(state["latest"]) if state["latest"] else None


def context_key(row: Mapping[str, float]) -> str:
    """A short name for a context, the same for the same features."""
    text = json.dumps(sorted(row.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
