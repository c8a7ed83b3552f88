"""One decision: bounds of the arms offered, within the budget, with its numbers and its reason."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datagen_core.router import Outlook
from datagen_plugin_router_adaptive.arm_record import ArmRecord
from datagen_plugin_router_adaptive.belief import Belief
from datagen_plugin_router_adaptive.budget import batches_ahead, costs_per_row, shares
from datagen_plugin_router_adaptive.choice import best_probabilities, greedy, probabilities, widths
from datagen_plugin_router_adaptive.config import AdaptiveConfig
from datagen_plugin_router_adaptive.features import SLOPE, Array
from datagen_plugin_router_adaptive.in_flight import Pending, conditioned, waiting
from datagen_plugin_router_adaptive.moments import weight_of
from datagen_plugin_router_adaptive.parking import Z80, due, parked, unseen


@dataclass(frozen=True, slots=True)
class Choice:
    """The arm, its probability, how far it is used up, and why."""

    arm: str
    propensity: float
    load: float
    reason: str
    details: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a decision is made from: the arms offered, the context, what is in flight and what lies ahead."""

    belief: Belief
    records: Mapping[str, ArmRecord]
    row: Mapping[str, float]
    context: str
    pending: list[Pending]
    number: int
    outlook: Outlook
    normals: Array

    @cached_property
    def in_flight(self) -> list[Pending]:
        """Batches that will still be answered, as far as one can hope."""
        return waiting(self.pending, self.number)

    @cached_property
    def loads(self) -> list[float]:
        """How far each arm is used up in this context, batches in flight included."""
        rows = dict.fromkeys(self.records, 0)
        for one in self.in_flight:
            if one.arm in rows and one.context == self.context:
                rows[one.arm] += one.requested
        return [record.saturation.load(self.context, rows[name]) for name, record in self.records.items()]

    def forecast(self) -> tuple[Array, Array, Array]:
        """Means less the prior mean, covariance, and deviations once the batches in flight are answered.

        A deviation is that of the reward plus that of the worth beyond it: what bounds the one doesn't the other.
        """
        features = self.belief.features
        groups: dict[tuple[str, str], tuple[Pending, float]] = {}
        for one in self.in_flight:
            _, weight = groups.get((one.arm, one.context), (one, 0.0))
            groups[one.arm, one.context] = one, weight + weight_of(one.requested)
        offered = np.tile(features.vector(self.row, 0.0), (len(self.loads), 1))
        offered[:, SLOPE] = self.loads
        pending = [features.vector(one.row, one.load) for one, _ in groups.values()]
        names = [*self.records, *(one.arm for one, _ in groups.values())]
        mean, covariance = self.belief.predict(names, np.vstack([offered, *pending]))
        size = len(self.records)
        weights = np.array([weight for _, weight in groups.values()])
        then = conditioned(covariance, size, weights, self.belief.posterior.noise)
        deviation = np.sqrt(np.maximum(np.diag(then), 0.0))
        worth, unsure = self.belief.worths.effects(list(self.records))
        is_tried = np.array([record.chosen > 0 for record in self.records.values()])
        deviation += np.sqrt(np.where(is_tried, unsure.min(), unsure))  # who is tried will be evaluated
        return mean[:size] + worth, covariance[:size, :size] + np.diag(unsure), deviation

    @cached_property
    def batch_costs(self) -> Array:
        """What a batch of each arm costs, about."""
        return costs_per_row([record.cost for record in self.records.values()]) * self.outlook.requested

    def money_left(self) -> float | None:
        """Money under the budget less what the batches in flight will cost, about; None without a budget."""
        if self.outlook.cost_left is None:
            return None
        known = self.belief.records
        names = list(known)
        per_row = dict(zip(names, costs_per_row([known[name].cost for name in names]), strict=True))
        return self.outlook.cost_left - float(sum(per_row[one.arm] * one.requested for one in self.in_flight))


def choose(situation: Situation, config: AdaptiveConfig, rng: random.Random) -> Choice:
    """The choice in a situation; changes nothing."""
    mean, covariance, deviation = situation.forecast()
    now = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    records = situation.records
    p_best = best_probabilities(mean, covariance, situation.normals)
    is_parked = parked(records, mean, now, p_best)
    ahead = None
    if situation.outlook.rows_missing is not None:
        ahead = batches_ahead(situation.outlook, situation.number - 1)
    look = unseen(records, mean + config.width * deviation, situation.number, ahead)
    probe = look or due(records, is_parked, situation.number, config.probe_every)
    drawn = widths(config.width, is_random=config.randomised_width)
    policy = _Policy(situation, is_parked, config.prior_mean)
    if probe is not None and policy.can_pay(list(records).index(probe)):
        chances = np.array([float(name == probe) for name in records])
        chances = (1 - config.floor) * chances + config.floor / len(records)
    else:
        probe = None
        chances = probabilities(mean, deviation, drawn, config.floor, policy)
    names = list(records)
    index = rng.choices(range(len(names)), weights=chances.tolist())[0]
    centre = config.prior_mean + mean
    bonus = config.width * deviation
    displaced = int(np.argmax(mean)) if policy.is_free(mean + bonus) else int(np.argmax(mean + bonus))
    details: dict[str, Any] = {
        "mean": float(centre[index]),
        "low": float(centre[index] - Z80 * now[index]),
        "high": float(centre[index] + Z80 * now[index]),
        "bonus": float(bonus[index]),
        "cost": float(situation.batch_costs[index]),
        "p_best": float(p_best[index]),
        "parked": int(is_parked.sum()),
    }
    if displaced != index:
        details["displaced"] = names[displaced]
        details["displaced_mean"] = float(centre[displaced])
        details["displaced_by"] = float((mean + bonus)[index] - (mean + bonus)[displaced])
    return Choice(
        arm=names[index],
        propensity=float(chances[index]),
        load=situation.loads[index],
        reason=_reason(
            details,
            names[index],
            float(chances[index]),
            config.floor / len(names),
            probe,
            policy.is_free(mean + bonus),
            is_first=look is not None,
        ),
        details=details,
    )


class _Policy:
    """The probabilities of arms given their bounds: the highest, or the budget's mix."""

    def __init__(self, situation: Situation, is_parked: NDArray[np.bool_], prior_mean: float) -> None:
        self._prior_mean = prior_mean
        self._costs = situation.batch_costs
        self._left = situation.money_left()
        self._running = ~is_parked
        self._payable = np.ones(len(is_parked), dtype=bool)
        self._allowance = float("inf")
        if self._left is not None:
            ahead = batches_ahead(situation.outlook, situation.number - 1)
            self._allowance = max(self._left, 0.0) / ahead
            if (self._costs <= self._left).any():
                self._payable = self._costs <= self._left
        is_priced = np.array([record.cost.rows > 0 for record in situation.records.values()])
        self._prices = np.where(is_priced, self._costs, np.minimum(self._costs, self._allowance))

    def can_pay(self, arm: int) -> bool:
        """Whether what is left pays for a batch of this arm."""
        return bool(self._payable[arm])

    def is_free(self, bounds: Array) -> bool:
        """Whether the budget leaves the choice to the bounds."""
        if self._left is None:
            return True
        best = int(np.argmax(np.where(self._payable, bounds, -np.inf)))
        return bool(self._payable.all() and self._prices[best] <= self._allowance)

    def __call__(self, bounds: Array) -> Array:
        if self.is_free(bounds):
            return greedy(np.where(self._running, bounds, -np.inf))
        out = np.zeros(len(bounds))
        index = np.flatnonzero(self._payable)
        worth = np.maximum(bounds[index] + self._prior_mean, 0.0)
        out[index] = shares(worth, self._prices[index], self._allowance)
        return out


def _reason(
    details: Mapping[str, Any],
    name: str,
    chance: float,
    floor: float,
    probe: str | None,
    is_free: bool,
    *,
    is_first: bool,
) -> str:
    seen = f"mean {details['mean']:.3f}, 80 % interval {details['low']:.3f} to {details['high']:.3f}"
    if chance <= floor:
        return f"drawn from the uniform floor, {floor:.3f} an arm ({seen})"
    if probe == name:
        return f"{'first look at an arm' if is_first else 'probe of a parked arm'} ({seen})"
    if not is_free:
        return f"share {chance:.2f} of the mix that the budget allows ({seen})"
    if "displaced" in details:
        return f"tried for what it may be worth: {seen}; best mean so far {details['displaced']}"
    return f"highest upper bound, {details['mean'] + details['bonus']:.3f} ({seen})"
