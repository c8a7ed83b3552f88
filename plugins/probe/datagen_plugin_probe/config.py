"""Options of the probe."""

from __future__ import annotations

from pydantic import Field

from datagen_core import Config, RowsSource


class ProbeConfig(Config):
    """Which real rows the probe is tested on, and which others it is compared with."""

    test: RowsSource = Field(
        description="labelled real rows the classifier is tested on; nothing else sees them"
    )
    train: RowsSource | None = Field(
        None, description="the real training set, as the upper reference; without it no gap is reported"
    )
    development: RowsSource | None = Field(
        None,
        description="labelled rows the run's reward learned from: labels too, so a baseline with them is added",
    )
    c: float = Field(10.0, gt=0, le=1e6, description="inverse regularisation strength of the classifier")
    confidence: float = Field(0.95, ge=0.5, le=0.999, description="level of the intervals")
