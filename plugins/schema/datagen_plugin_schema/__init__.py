"""Each row against a JSON Schema."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The schema validator."""
    return [
        Component(
            name="schema",
            summary="Rejects rows that don't satisfy a JSON Schema; repairs nothing",
            config="datagen_plugin_schema.config:SchemaConfig",
            impl="datagen_plugin_schema.schema:Schema",
            cost="free",
        )
    ]
