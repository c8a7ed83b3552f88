"""Deduplication against everything accepted so far: exact after normalisation, then MinHash-LSH."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The deduplication validator."""
    return [
        Component(
            name="dedup",
            summary="rejects exact and near-duplicates (Jaccard of character shingles) of accepted rows and seeds",
            config="datagen_plugin_dedup.config:DedupConfig",
            impl="datagen_plugin_dedup.dedup:Dedup",
            cost="cheap",
        )
    ]
