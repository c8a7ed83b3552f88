"""Rows graded by a model: by a rubric, with presets of published methods, or against another answer."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl

PRESETS = (
    Preset(
        name="alpagasus",
        summary="accuracy from 0 to 5, the score on the first line; kept from 4.5 (AlpaGasus)",
        options={
            "dimensions": {"accuracy": None},
            "scale": [0, 5],
            "threshold": 4.5,
            "calls": "per-dimension",
            "answer": "text",
            "reasons": "after",
            "temperature": 0.0,
            "top_p": 1.0,
            "max_tokens": 256,
        },
    ),
    Preset(
        name="curate7",
        summary="clarity, accuracy, usefulness and difficulty from 1 to 10 in one call; kept from a mean of 7",
        options={
            "dimensions": {"clarity": None, "accuracy": None, "usefulness": None, "difficulty": None},
            "scale": [1, 10],
            "threshold": 7,
            "aggregate": "mean",
        },
    ),
    Preset(
        name="humpback",
        summary="an assistant's answer from 1 to 5, reasons first, the score on the last line; kept at 5",
        options={
            "dimensions": {"curation": None},
            "scale": [1, 5],
            "whole_numbers": True,
            "threshold": 5,
            "calls": "per-dimension",
            "answer": "text",
            "reasons": "before",
        },
    ),
)


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The judge by a rubric, with its presets, and the judge of two answers."""
    return [
        Component(
            name="judge",
            summary="A model grades each row by a rubric and gives its reasons; what it can't read is no grade",
            config="datagen_plugin_judge.config:JudgeConfig",
            impl="datagen_plugin_judge.judge:Judge",
            needs=("model",),
            cost="dear",
            presets=PRESETS,
        ),
        Component(
            name="judge-pairwise",
            summary="A model scores a row's answer against another one, in both orders; it has to win in both",
            config="datagen_plugin_judge.pairwise_config:PairwiseConfig",
            impl="datagen_plugin_judge.pairwise:JudgePairwise",
            needs=("model",),
            cost="dear",
        ),
    ]
