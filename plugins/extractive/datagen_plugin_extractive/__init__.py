"""Questions with literal answers from documents: definitions, sections, lists and cloze, without a model."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The extractive question–answer generator."""
    return [
        Component(
            name="extractive",
            summary="Questions about documents whose answer is a literal span of them (no model)",
            config="datagen_plugin_extractive.config:ExtractiveConfig",
            impl="datagen_plugin_extractive.generator:Extractive",
            needs=("documents",),
            attributes={"strategy": "extractive"},
        )
    ]
