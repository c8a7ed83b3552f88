"""Rows from the view of many personas, which a model infers from texts (Persona Hub, arXiv 2406.20094)."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The persona generator; its presets differ in how far personas are from the texts."""
    return [
        Component(
            name="persona",
            summary="Infers personas from texts, derives related ones, and writes a row as each of them would",
            config="datagen_plugin_persona.config:PersonaConfig",
            impl="datagen_plugin_persona.generator:PersonaRows",
            needs=("model",),
            cost="dear",
            attributes={"strategy": "persona"},
            presets=(
                Preset(
                    name="text",
                    summary="personas inferred from texts alone",
                    options={"depth": 0},
                    attributes={"personas": "from-texts"},
                ),
                Preset(
                    name="expanded",
                    summary="chains of up to six related personas from each text's",
                    options={"depth": 6},
                    attributes={"personas": "expanded"},
                ),
            ),
        )
    ]
