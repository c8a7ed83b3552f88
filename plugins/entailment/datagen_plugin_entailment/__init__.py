"""Does a row follow from its source: asked of a local NLI model, or of a judge with quotes."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The local model and the judge."""
    return [
        Component(
            name="entailment",
            summary="Each sentence of a row must follow from its source, says a local NLI cross-encoder",
            config="datagen_plugin_entailment.config:EntailmentConfig",
            impl="datagen_plugin_entailment.entailment:Entailment",
            cost="dear",
            imports=("torch", "transformers"),
            extra="nli",
        ),
        Component(
            name="entailment-judge",
            summary="A model says of each sentence whether the source supports it, with a quote that must be there",
            config="datagen_plugin_entailment.config:EntailmentJudgeConfig",
            impl="datagen_plugin_entailment.judge:EntailmentJudge",
            needs=("model",),
            cost="dear",
            presets=(
                Preset(
                    name="answerable",
                    summary="The question must be answerable from the source; the answer isn't looked at",
                    options={"check": "answerable"},
                ),
            ),
        ),
    ]
