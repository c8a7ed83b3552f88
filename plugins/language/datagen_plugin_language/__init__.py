"""Rows in the wrong language or script."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The language validator."""
    return [
        Component(
            name="language",
            summary="Each part of a row is in a language and a script that are wanted; offline",
            config="datagen_plugin_language.config:LanguageConfig",
            impl="datagen_plugin_language.language:Language",
            cost="cheap",
        )
    ]
