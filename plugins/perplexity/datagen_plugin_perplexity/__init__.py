"""How surprising a row is to a language model on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The perplexity of a local causal language model."""
    return [
        Component(
            name="perplexity",
            summary="A row's perplexity to a local language model must lie between bounds; likewise its IFD",
            config="datagen_plugin_perplexity.config:PerplexityConfig",
            impl="datagen_plugin_perplexity.perplexity:Perplexity",
            cost="dear",
            imports=("torch", "transformers"),
            extra="hf",
        )
    ]
