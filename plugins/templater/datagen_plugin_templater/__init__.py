"""Rows drawn from a weighted template grammar."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The template generator."""
    return [
        Component(
            name="templater",
            summary="Draws texts or JSON records from a weighted grammar; label and text bound together",
            config="datagen_plugin_templater.config:TemplaterConfig",
            impl="datagen_plugin_templater.generator:Templater",
            attributes={"strategy": "grammar"},
            presets=(
                _preset("conservative", "low", 0.7, 8),
                _preset("balanced", "medium", 0.9, 10),
                _preset("exploratory", "high", 1.2, 12),
            ),
        )
    ]


def _preset(name: str, band: str, temperature: float, max_depth: int) -> Preset:
    """A temperature for the model that fills slots, with a depth of grammar that goes with it."""
    return Preset(
        name=name,
        summary=f"Slots written at temperature {temperature}, derivations of at most {max_depth} levels",
        options={"temperature": temperature, "max_depth": max_depth},
        attributes={"temperature": band},
        needs=("model",),
    )
