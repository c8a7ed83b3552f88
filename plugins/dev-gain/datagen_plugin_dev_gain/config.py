"""Options of dev-gain."""

from __future__ import annotations

from pydantic import Field

from datagen_core import Config, RowsSource


class DevGainConfig(Config):
    """Which rows batches are judged on, and which gain earns most of the reward."""

    development: RowsSource = Field(
        description="a few labelled rows (5 per class do) that no arm and no validator sees"
    )
    scale: float = Field(
        0.25,
        gt=0,
        le=100,
        description="relative gain that earns 0.88: the share of the seeds' log-loss taken off, over the "
        "batch's share of the training rows; real rows of good label measured 0.2 to 0.3",
    )
    c: float = Field(10.0, gt=0, le=1e6, description="inverse regularisation strength of the probe")
