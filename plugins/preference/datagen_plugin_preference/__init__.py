"""Preference pairs: several candidates per prompt, judged, and two of them stored as chosen and rejected."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The preference generator; each preset is a way to judge, and so an arm of its own."""
    return [
        Component(
            name="preference",
            summary="Several candidates per prompt, judged; a pair of chosen and rejected with a margin",
            config="datagen_plugin_preference.config:PreferenceConfig",
            impl="datagen_plugin_preference.generator:Preference",
            needs=("model", "originals"),
            makes=("preference",),
            cost="dear",
            attributes={"strategy": "preference"},
            presets=(
                Preset(
                    name="best-worst",
                    summary="four candidates rated one by one; the best against the worst",
                    options={"judge": "rating", "pairs": "best-worst", "candidates": 4},
                    attributes={"judge": "rating", "candidates": "4"},
                ),
                Preset(
                    name="pairwise",
                    summary="three candidates compared in both orders; the best against the worst",
                    options={"judge": "pairwise", "pairs": "best-worst", "candidates": 3},
                    attributes={"judge": "pairwise", "candidates": "3"},
                ),
            ),
        )
    ]
