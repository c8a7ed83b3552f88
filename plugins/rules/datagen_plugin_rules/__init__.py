"""Rule checks on each row, one reason code each."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The rules validator."""
    return [
        Component(
            name="rules",
            summary="Checks length, patterns, format, character set, repetition and labels of each row",
            config="datagen_plugin_rules.config:RulesConfig",
            impl="datagen_plugin_rules.rules:Rules",
            cost="free",
        )
    ]
