"""Toxic rows: told by a small offline model, by a local transformers model, or by a judge."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The three ways, the cheapest first."""
    return [
        Component(
            name="toxicity",
            summary="Rejects offensive English by a small offline model: a floor, which misses half of it",
            config="datagen_plugin_toxicity.config:ToxicityConfig",
            impl="datagen_plugin_toxicity.floor:Toxicity",
            cost="cheap",
            imports=("profanity_check",),
            extra="sklearn",
        ),
        Component(
            name="toxicity-model",
            summary="Rejects what a local text-classification model calls toxic",
            config="datagen_plugin_toxicity.config:ToxicityModelConfig",
            impl="datagen_plugin_toxicity.local:ToxicityModel",
            cost="dear",
            imports=("torch", "transformers"),
            extra="hf",
        ),
        Component(
            name="toxicity-judge",
            summary="A model says how toxic a row is, and of which kind",
            config="datagen_plugin_toxicity.config:ToxicityJudgeConfig",
            impl="datagen_plugin_toxicity.judge:ToxicityJudge",
            needs=("model",),
            cost="dear",
        ),
    ]
