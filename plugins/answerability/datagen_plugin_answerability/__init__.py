"""Can a row's question be answered from its passages: asked of a judge, with quotes."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The judge."""
    return [
        Component(
            name="answerability",
            summary="A question must be answerable from its passages alone, by quotes that stand there; or must not",
            config="datagen_plugin_answerability.config:AnswerabilityConfig",
            impl="datagen_plugin_answerability.answerability:AnswerabilityJudge",
            needs=("model",),
            cost="dear",
        )
    ]
