"""How hard a text is to read."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The readability validator."""
    return [
        Component(
            name="readability",
            summary="A text is as hard to read as its readers can take, by one of ten formulas",
            config="datagen_plugin_readability.config:ReadabilityConfig",
            impl="datagen_plugin_readability.readability:Readability",
            cost="cheap",
        )
    ]
