"""Rows by plain prompting: a model plans the prompt from the recipe, then writes row by row."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The prompting generator; each preset is a temperature, and so an arm of its own."""
    presets = (
        ("conservative", "low", "close to the likeliest wording", {"temperature": 0.3, "top_p": 0.8}),
        ("balanced", "medium", "varied wording", {"temperature": 0.7}),
        ("creative", "high", "unusual wording, more mistakes", {"temperature": 1.2}),
    )
    return [
        Component(
            name="naive",
            summary="Plans its own prompt from the recipe with one model call, then writes row by row",
            config="datagen_plugin_naive.config:NaiveConfig",
            impl="datagen_plugin_naive.generator:Naive",
            needs=("model",),
            cost="dear",
            attributes={"strategy": "prompting"},
            presets=tuple(
                Preset(name=name, summary=summary, options=options, attributes={"temperature": band})
                for name, band, summary, options in presets
            ),
        )
    ]
