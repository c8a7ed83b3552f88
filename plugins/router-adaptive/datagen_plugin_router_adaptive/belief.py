"""What the router believes of its arms: their records, and the posterior that follows from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datagen_core.router import Arm
from datagen_plugin_router_adaptive.arm_record import ArmRecord
from datagen_plugin_router_adaptive.features import Array, Features, attribute_matrix
from datagen_plugin_router_adaptive.moments import Moments
from datagen_plugin_router_adaptive.posterior import Posterior, fit
from datagen_plugin_router_adaptive.prior import Prior
from datagen_plugin_router_adaptive.worth import Worths

VERSION_VARIANCE = 0.01
"""Variance of the step from one version of an arm to the next."""


class Belief:
    """Arms by name, features by name, and the posterior of all, computed when something changed; and `worths`."""

    def __init__(self, prior: Prior) -> None:
        self._prior = prior
        self.features = Features()
        self.records: dict[str, ArmRecord] = {}
        self.worths = Worths(prior.worth)
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

    # -- state --------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "features": self.features.names,
            "arms": {name: record.state() for name, record in self.records.items()},
            "credits": self.worths.state(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Inverse of `state`."""
        self.features = Features(state["features"])
        self.records = {
            name: ArmRecord.from_state(one, self.features.dimension) for name, one in state["arms"].items()
        }
        self.worths.load(state["credits"])
        self._posterior = None
