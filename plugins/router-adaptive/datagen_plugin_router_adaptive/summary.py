"""What the router shows of its arms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from datagen_plugin_router_adaptive.arm_record import ArmRecord
from datagen_plugin_router_adaptive.belief import Belief
from datagen_plugin_router_adaptive.choice import best_probabilities
from datagen_plugin_router_adaptive.features import Array
from datagen_plugin_router_adaptive.parking import Z80, parked


def summarised(
    belief: Belief,
    records: Mapping[str, ArmRecord],
    row: Mapping[str, float],
    context: str,
    normals: Array,
) -> dict[str, dict[str, float]]:
    """Per arm, in the order given; means less the prior mean, for a context and for arms as used up as they are."""
    rows = np.stack(
        [belief.features.vector(row, record.saturation.load(context, 0)) for record in records.values()]
    )
    mean, covariance = belief.predict(list(records), rows)
    worth, unsure = belief.worths.effects(list(records))
    mean, covariance = mean + worth, covariance + np.diag(unsure)
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    p_best = best_probabilities(mean, covariance, normals)
    is_parked = parked(records, mean, deviation, p_best)
    batches = sum(record.pulls for record in records.values())
    return {
        name: {
            "pulls": record.pulls,
            "share": record.pulls / batches,
            "mean": float(mean[i]),
            "low": float(mean[i] - Z80 * deviation[i]),
            "high": float(mean[i] + Z80 * deviation[i]),
            "p_best": float(p_best[i]),
            "alarms": record.cusum.alarms,
            "parked": float(is_parked[i]),
            "cost_per_row": record.cost.money / record.cost.rows if record.cost.rows else 0.0,
        }
        for i, (name, record) in enumerate(records.items())
    }
