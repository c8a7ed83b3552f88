"""New rows from the seeds by rule, without a model: slot exchange, frames, splicing and word edits."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The augmentation generator; each mode is a preset, and so an arm of its own."""
    modes = {
        "slot-exchange": "swaps annotated slot values between seeds",
        "frames": "fills the seeds' slots from your word lists",
        "splice": "joins the start of a seed with the end of another of its label",
        "word-edits": "swaps, deletes, inserts and replaces single words of a seed",
    }
    return [
        Component(
            name="augment",
            summary="New rows from seeds by rule (no model): slot exchange, frames, splicing, word edits",
            config="datagen_plugin_augment.config:AugmentConfig",
            impl="datagen_plugin_augment.generator:Augment",
            needs=("seeds",),
            attributes={"strategy": "augment"},
            presets=tuple(
                Preset(name=mode, summary=summary, options={"mode": mode}, attributes={"strategy": mode})
                for mode, summary in modes.items()
            ),
        )
    ]
