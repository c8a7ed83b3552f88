"""Labelled texts for classification: by label, by contrast, near boundaries, by definition."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The classification generator; each preset is a mode with its temperature, and so an arm of its own."""
    presets = (
        ("by-label", 1.0, "high", "a text for a label, with examples and attributes drawn for each row"),
        (
            "contrastive",
            0.7,
            "medium",
            "a text for a label, in the vocabulary of the one it is confused with",
        ),
        ("boundary", 0.7, "medium", "a text near the boundary of two labels, its label confirmed blindly"),
        ("definition", 1.0, "high", "a text by a definition of its label that the model wrote first"),
    )
    return [
        Component(
            name="classify",
            summary="Texts for the labels of a classifier, written by a model in one of four ways",
            config="datagen_plugin_classify.config:ClassifyConfig",
            impl="datagen_plugin_classify.generator:Classify",
            needs=("model", "labels"),
            makes=("labelled",),
            cost="dear",
            attributes={"strategy": "classify"},
            presets=tuple(
                Preset(
                    name=mode,
                    summary=summary,
                    options={"mode": mode, "temperature": temperature},
                    attributes={"mode": mode, "temperature": band},
                )
                for mode, temperature, band, summary in presets
            ),
        )
    ]
