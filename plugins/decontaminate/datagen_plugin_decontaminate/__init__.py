"""Keeps benchmark items out of training data: a validator that drops rows, an arm that cuts them out of long texts."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The check of each row against benchmarks."""
    return [
        Component(
            name="decontaminate",
            summary="Rejects rows that share 13 words in a row with a benchmark item, or equal a short one",
            config="datagen_plugin_decontaminate.config:DecontaminateConfig",
            impl="datagen_plugin_decontaminate.decontaminate:Decontaminate",
            cost="cheap",
        )
    ]


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The cutting of long texts."""
    return [
        Component(
            name="excise",
            summary="Long texts with what they share with benchmark items cut out, 200 characters on each side",
            config="datagen_plugin_decontaminate.config:ExciseConfig",
            impl="datagen_plugin_decontaminate.excise:Excise",
            needs=("originals",),
            is_named_only=True,
            makes=("text", "labelled"),
            attributes={"strategy": "excise"},
        )
    ]
