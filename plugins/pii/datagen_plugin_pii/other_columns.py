"""Columns of the data that no row is made of, and that a command over a dataset carries over as they are."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.dataset_columns import more_columns
from datagen_core.inputs import Seed
from datagen_plugin_pii.detector import Detector

MAX_READ = 2_000


def columns_with_findings(seeds: Sequence[Seed], detector: Detector) -> list[str]:
    """The names of those in which something is found, in their order, by the first 2,000 seeds."""
    found: dict[str, None] = {}
    for seed in seeds[:MAX_READ]:
        for name, value in more_columns(seed.row).items():
            if name not in found and isinstance(value, str | int) and detector.find(str(value), name):
                found[name] = None
    return list(found)
