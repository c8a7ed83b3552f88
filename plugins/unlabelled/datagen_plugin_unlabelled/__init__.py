"""Real texts from the user's unlabelled pool with machine labels, by agreement with the seeds."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The self-training generator."""
    return [
        Component(
            name="unlabelled",
            summary="Real texts near the seeds from your unlabelled pool, labelled by agreement (self-training)",
            config="datagen_plugin_unlabelled.config:UnlabelledConfig",
            impl="datagen_plugin_unlabelled.generator:Unlabelled",
            needs=("unlabelled", "labelled-seeds"),
            makes=("labelled",),
            attributes={"strategy": "self-training"},
        )
    ]
