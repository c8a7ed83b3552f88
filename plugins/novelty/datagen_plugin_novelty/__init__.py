"""Novelty against everything accepted so far: ROUGE-L, as in Self-Instruct, and bags of words; exact, any script."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The novelty validator."""
    return [
        Component(
            name="novelty",
            summary="rejects rows too close to an accepted row or a seed, by ROUGE-L or by bag of words",
            config="datagen_plugin_novelty.config:NoveltyConfig",
            impl="datagen_plugin_novelty.novelty:Novelty",
            cost="cheap",
        )
    ]
