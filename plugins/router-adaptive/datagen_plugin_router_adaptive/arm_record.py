"""Everything the router keeps about one arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from datagen_plugin_router_adaptive.budget import Cost
from datagen_plugin_router_adaptive.change_detection import Cusum
from datagen_plugin_router_adaptive.moments import Moments
from datagen_plugin_router_adaptive.saturation import Saturation


@dataclass(slots=True, kw_only=True)
class ArmRecord:
    """An arm: what it is, what its batches came to, and how it stands.

    Attributes:
        attributes, version: As last offered.
        moments: Sums over its batches.
        pulls: Batches of this run that were judged.
        chosen: Decisions for it in this run.
        last_chosen: Number of the last decision for it; of its first offer, where there was none.
    """

    attributes: dict[str, str]
    version: str
    moments: Moments
    pulls: int = 0
    chosen: int = 0
    last_chosen: int = 0
    cusum: Cusum = field(default_factory=Cusum)
    cost: Cost = field(default_factory=Cost)
    saturation: Saturation = field(default_factory=Saturation)

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "attributes": dict(self.attributes),
            "version": self.version,
            "moments": self.moments.state(),
            "pulls": self.pulls,
            "chosen": self.chosen,
            "last_chosen": self.last_chosen,
            "cusum": asdict(self.cusum),
            "cost": asdict(self.cost),
            "saturation": self.saturation.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], dimension: int) -> ArmRecord:
        """Inverse of `state`."""
        return cls(
            attributes=dict(state["attributes"]),
            version=state["version"],
            moments=Moments.from_state(state["moments"], dimension),
            pulls=int(state["pulls"]),
            chosen=int(state["chosen"]),
            last_chosen=int(state["last_chosen"]),
            cusum=Cusum(**state["cusum"]),
            cost=Cost.from_state(state["cost"]),
            saturation=Saturation.from_state(state["saturation"]),
        )
