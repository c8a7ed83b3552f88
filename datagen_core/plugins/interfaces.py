"""Which classes the components of a kind may be."""

from __future__ import annotations

from collections.abc import Mapping


def interfaces() -> Mapping[str, tuple[type, ...]]:
    """Component kind → the interfaces that serve it. Imports them all."""
    from datagen_core import (
        embedder,
        evaluator,
        exporter,
        generator,
        model,
        retriever,
        reward,
        router,
        selector,
        validator,
    )

    return {
        "generator": (generator.Generator,),
        "validator": (
            validator.Validator,
            validator.ModelValidator,
            validator.BatchValidator,
            validator.PoolValidator,
        ),
        "reward": (reward.Reward,),
        "router": (router.Router,),
        "evaluator": (evaluator.Evaluator,),
        "exporter": (exporter.Exporter,),
        "selector": (selector.Selector,),
        "embedder": (embedder.Embedder,),
        "retriever": (retriever.Retriever,),
        "model": (model.Model,),
    }
