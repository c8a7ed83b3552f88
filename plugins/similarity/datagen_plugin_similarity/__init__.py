"""Cosine similarity to seeds, to everything accepted so far, and to the topic."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The similarity validator."""
    return [
        Component(
            name="similarity",
            summary="rejects rows whose vectors are too near to a seed or an accepted row, or too far from the topic",
            config="datagen_plugin_similarity.config:SimilarityConfig",
            impl="datagen_plugin_similarity.similarity:Similarity",
            cost="cheap",
        )
    ]
