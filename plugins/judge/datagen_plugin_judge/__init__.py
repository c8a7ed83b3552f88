"""Rows graded by a model against one rubric."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The judge."""
    return [
        Component(
            name="judge",
            summary="A model grades each row against one rubric, 0 to 1, and gives its reasons first",
            config="datagen_plugin_judge.config:JudgeConfig",
            impl="datagen_plugin_judge.judge:Judge",
            needs=("model",),
            cost="dear",
        )
    ]
