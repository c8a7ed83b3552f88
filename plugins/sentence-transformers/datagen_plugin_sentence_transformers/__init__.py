"""An embedder that knows meaning: a sentence-transformers model on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_embedders() -> Sequence[Component]:
    """The embedder."""
    return [
        Component(
            name="sentence-transformers",
            summary="vectors by a sentence-transformers model on this machine: they know meaning",
            config="datagen_plugin_sentence_transformers.config:SentenceTransformersConfig",
            impl="datagen_plugin_sentence_transformers.embedder:SentenceTransformers",
            cost="dear",
            imports=("sentence_transformers",),
            extra="st",
        )
    ]
