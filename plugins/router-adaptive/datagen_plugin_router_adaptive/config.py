"""Options of the adaptive router."""

from __future__ import annotations

from pydantic import Field

from datagen_core import Config


class AdaptiveConfig(Config):
    """How much it explores, what it expects before it has seen anything, and what it watches for."""

    width: float = Field(0.8, ge=0, le=10, description="posterior standard deviations added to an arm's mean")
    randomised_width: bool = Field(
        False, description="draw the width anew per decision (width × |N(0, 1)|); propensities stay exact"
    )
    floor: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of decisions made uniformly over the arms offered; 0.03 costs a point",
    )
    prior_mean: float = Field(0.5, ge=0, le=1, description="reward expected of an arm nobody has tried")
    memory_weight: float = Field(
        0.5, ge=0, le=1, description="how much a batch of an earlier run counts beside one of this run"
    )
    detects_change: bool = Field(
        True, description="whether arms are re-opened when their rewards leave what was predicted"
    )
    probe_every: int = Field(
        200,
        ge=1,
        le=1_000_000,
        description="decisions between two batches given to parked arms, longest out first",
    )
