"""Arms out of the running for now: so surely not the best that only probes go to them."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from datagen_plugin_router_adaptive.arm_record import ArmRecord
from datagen_plugin_router_adaptive.features import Array

MAX_P_BEST = 0.02
MIN_PULLS = 3
LOOK_WITHIN = 5
"""Batches per arm that a run must have for every arm to get one of them, whatever is expected of it."""
Z80 = NormalDist().inv_cdf(0.9)
"""Standard deviations on each side of an 80 % interval."""


def parked(
    records: Mapping[str, ArmRecord], mean: Array, deviation: Array, p_best: Array
) -> NDArray[np.bool_]:
    """Which arms are out of the running.

    Those with P(best) < 0.02 whose upper bound (90 %) is under the best mean, after three batches of this run.
    Nothing is remembered: an arm is back as soon as that no longer holds, so after an alarm and with a new
    version, which make it less certain; until then `due` lets it be probed.
    """
    tried = np.array([record.pulls >= MIN_PULLS for record in records.values()])
    return np.asarray(tried & (p_best < MAX_P_BEST) & (mean + Z80 * deviation < mean.max()))


def unseen(records: Mapping[str, ArmRecord], bounds: Array, number: int, ahead: float | None) -> str | None:
    """The arm with the highest bound of those that never got a batch, where the run is long enough to look at it.

    What is expected of an arm nobody tried comes from the other arms, and the best arm of a run may be unlike them.
    From the second round on (as many decisions as there are arms, twice) the bound doesn't decide alone.

    Args:
        ahead: Batches that the run still has; None where that isn't known: nobody is looked at for its own sake then.
    """
    if ahead is None or number <= 2 * len(records) or number + ahead < LOOK_WITHIN * len(records):
        return None
    never = [
        (bound, name)
        for (name, record), bound in zip(records.items(), bounds, strict=True)
        if not record.chosen
    ]
    return max(never)[1] if never else None


def due(
    records: Mapping[str, ArmRecord], is_parked: NDArray[np.bool_], number: int, every: int
) -> str | None:
    """The parked arm that gets this decision as a probe: every so many decisions, the longest without one."""
    names = [name for name, out in zip(records, is_parked, strict=True) if out]
    if not names or number % every:
        return None
    name = min(names, key=lambda name: (records[name].last_chosen, name))
    return name if number - records[name].last_chosen >= every else None
