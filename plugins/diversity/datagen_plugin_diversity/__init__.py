"""Diversity of batches, as a factor on their quality, and of datasets, as an evaluation."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The validator of batches."""
    return [
        Component(
            name="diversity",
            summary="lowers the quality of a batch whose rows are alike: distinct-2, self-BLEU, Vendi score",
            config="datagen_plugin_diversity.config:DiversityConfig",
            impl="datagen_plugin_diversity.batch_diversity:BatchDiversity",
            cost="cheap",
        )
    ]


@hookimpl
def datagen_evaluators() -> Sequence[Component]:
    """The evaluator of datasets."""
    return [
        Component(
            name="diversity",
            summary="distinct-n, self-BLEU, Vendi score, coverage of seeds and labels, repeats and lengths",
            config="datagen_plugin_diversity.config:DatasetDiversityConfig",
            impl="datagen_plugin_diversity.dataset_diversity:DatasetDiversity",
            cost="cheap",
        )
    ]
