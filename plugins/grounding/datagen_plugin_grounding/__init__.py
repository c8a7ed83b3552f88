"""Holds rows to their sources without a model: what they say in numbers, names, identifiers and quotations."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The grounding validator."""
    return [
        Component(
            name="grounding",
            summary="Rejects rows with numbers, names, identifiers or quotations that their source doesn't have",
            config="datagen_plugin_grounding.config:GroundingConfig",
            impl="datagen_plugin_grounding.grounding:Grounding",
            cost="cheap",
        )
    ]
