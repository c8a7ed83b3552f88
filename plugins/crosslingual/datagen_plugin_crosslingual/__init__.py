"""Rows in other languages: translations with their checks, and texts written natively."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """Two generators, because they need different things: a translation works on rows, native writing on the recipe."""
    return [
        Component(
            name="crosslingual",
            summary="Translates rows into the languages wanted and checks what came: copy, language, spans, round trip",
            config="datagen_plugin_crosslingual.config:CrosslingualConfig",
            impl="datagen_plugin_crosslingual.generator:Crosslingual",
            needs=("model", "originals"),
            cost="dear",
            attributes={"strategy": "crosslingual", "mode": "translate"},
        ),
        Component(
            name="native-language",
            summary="Writes rows in the languages wanted as native speakers would, with rows of others as inspiration",
            config="datagen_plugin_crosslingual.config:NativeLanguageConfig",
            impl="datagen_plugin_crosslingual.native:NativeLanguage",
            needs=("model",),
            makes=("text", "labelled", "pair"),
            cost="dear",
            attributes={"strategy": "crosslingual", "mode": "native"},
        ),
    ]
