"""Self-Instruct: a model writes new tasks from a growing pool of tasks, then instances of them (arXiv 2212.10560)."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The Self-Instruct generator; its preset asks for classification tasks only."""
    return [
        Component(
            name="self-instruct",
            summary="A model writes new tasks from seed tasks and accepted ones, then instances of them",
            config="datagen_plugin_self_instruct.config:SelfInstructConfig",
            impl="datagen_plugin_self_instruct.generator:SelfInstruct",
            needs=("model", "seeds"),
            makes=("pair",),
            cost="dear",
            attributes={"strategy": "self-instruct"},
            presets=(
                Preset(
                    name="classification",
                    summary="shows classification seeds alone and asks for labels",
                    options={"tasks": "classification"},
                    attributes={"tasks": "classification"},
                ),
            ),
        )
    ]
