"""Rows drawn from a weighted template grammar."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The template generator."""
    return [
        Component(
            name="templater",
            summary="Draws texts or JSON records from a weighted grammar; label and text bound together",
            config="datagen_plugin_templater.config:TemplaterConfig",
            impl="datagen_plugin_templater.generator:Templater",
            attributes={"strategy": "grammar"},
        )
    ]
