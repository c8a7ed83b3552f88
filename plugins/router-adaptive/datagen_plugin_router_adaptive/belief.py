"""What the router believes of its arms: their records, and the posterior that follows from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from datagen_core.router import Arm
from datagen_plugin_router_adaptive.arm_record import ArmRecord
from datagen_plugin_router_adaptive.features import Array, Features, attribute_matrix
from datagen_plugin_router_adaptive.moments import Moments
from datagen_plugin_router_adaptive.posterior import Posterior, fit
from datagen_plugin_router_adaptive.prior import Prior

MAX_CREDITS = 1024
VERSION_VARIANCE = 0.01
"""Variance of the step from one version of an arm to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Evidence about an arm from outside of its batches: a value less the prior mean, in a context."""

    arm: str
    row: Mapping[str, float]
    y: float
    variance: float


class Belief:
    """Arms by name, features by name, and the posterior of all, computed when something changed."""

    def __init__(self, prior: Prior) -> None:
        self._prior = prior
        self.features = Features()
        self.records: dict[str, ArmRecord] = {}
        self._credits: dict[str, Credit] = {}
        self._posterior: Posterior | None = None

    # -- what is known ------------------------------------------------------------------------------------

    def meet(self, arm: Arm, number: int = 0) -> ArmRecord:
        """The record of an arm that is offered; a new version keeps the old one's mean with more width."""
        record = self.records.get(arm.name)
        if record is None:
            record = ArmRecord(
                attributes=dict(arm.attributes),
                version=arm.version,
                moments=Moments(self.features.dimension),
                last_chosen=number,
            )
            self.records[arm.name] = record
            self._posterior = None
        elif (record.version, record.attributes) != (arm.version, dict(arm.attributes)):
            if record.version != arm.version:
                self.widen(record, VERSION_VARIANCE)
            record.version, record.attributes = arm.version, dict(arm.attributes)
            self._posterior = None
        return record

    def see(self, row: Mapping[str, float]) -> None:
        """Makes room for a context's features."""
        if self.features.add(row):
            for record in self.records.values():
                record.moments.grow(self.features.dimension)
            self._posterior = None

    def learn(self, arm: str, z: Array, y: float, weight: float, count: float = 1.0) -> None:
        """Takes a batch of a known arm; `y` is its reward less the prior mean."""
        self.records[arm].moments.add(z, y, weight, count)
        self._posterior = None

    def credit(self, credit_id: str, credit: Credit) -> None:
        """Takes evidence about an arm; known ids change nothing."""
        if credit_id not in self._credits:
            self._credits[credit_id] = credit
            if len(self._credits) > MAX_CREDITS:
                del self._credits[next(iter(self._credits))]
            self._posterior = None

    def widen(self, record: ArmRecord, variance: float) -> None:
        """Makes an arm less certain, as if its worth had taken a random step of this variance."""
        record.moments.widen(variance / self._prior.noise)
        self._posterior = None

    # -- what follows from it -----------------------------------------------------------------------------

    @property
    def posterior(self) -> Posterior:
        """The posterior of all arms met, in the order of `records`."""
        if self._posterior is None:
            records = list(self.records.values())
            self._posterior = fit(
                np.stack([record.moments.zz for record in records]),
                np.stack([record.moments.zy for record in records]),
                math.fsum(record.moments.yy for record in records),
                math.fsum(record.moments.batches for record in records),
                self._credited(),
                attribute_matrix([record.attributes for record in records]),
                self._prior,
            )
        return self._posterior

    def settle(self) -> None:
        """Computes the posterior now, so that the next decision need not."""
        _ = self.posterior

    def predict(self, arms: Sequence[str], rows: Array) -> tuple[Array, Array]:
        """Mean (less the prior mean) and covariance of known arms at coordinates, one row each."""
        index = {name: i for i, name in enumerate(self.records)}
        return self.posterior.predict([index[name] for name in arms], rows)

    def _credited(self) -> tuple[Array, Array]:
        """Σ z zᵀ/variance and Σ z y/variance per arm."""
        index = {name: i for i, name in enumerate(self.records)}
        dimension = self.features.dimension
        precision = np.zeros((len(index), dimension, dimension))
        pull = np.zeros((len(index), dimension))
        for key in sorted(self._credits):
            one = self._credits[key]
            if one.arm in index:
                z = self.features.vector(one.row, 0.0)
                precision[index[one.arm]] += np.outer(z, z) / one.variance
                pull[index[one.arm]] += z * (one.y / one.variance)
        return precision, pull

    # -- state --------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "features": self.features.names,
            "arms": {name: record.state() for name, record in self.records.items()},
            "credits": {key: asdict(one) for key, one in self._credits.items()},
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Inverse of `state`."""
        self.features = Features(state["features"])
        self.records = {
            name: ArmRecord.from_state(one, self.features.dimension) for name, one in state["arms"].items()
        }
        self._credits = {
            key: Credit(**{**one, "row": dict(one["row"])}) for key, one in state["credits"].items()
        }
        self._posterior = None
