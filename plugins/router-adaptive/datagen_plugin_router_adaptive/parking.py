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


def due(
    records: Mapping[str, ArmRecord], is_parked: NDArray[np.bool_], number: int, every: int
) -> str | None:
    """The parked arm that gets this decision as a probe: every so many decisions, the longest without one."""
    names = [name for name, out in zip(records, is_parked, strict=True) if out]
    if not names or number % every:
        return None
    name = min(names, key=lambda name: (records[name].last_chosen, name))
    return name if number - records[name].last_chosen >= every else None
