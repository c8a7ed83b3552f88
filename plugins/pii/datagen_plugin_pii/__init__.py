"""Rows without personal data: found by patterns and checksums, or by a model; and redacted."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The search by patterns, and the one by a model for what has no pattern: names and addresses."""
    return [
        Component(
            name="pii",
            summary="Rejects rows that hold e-mail addresses, phone and card numbers, keys … (by patterns)",
            config="datagen_plugin_pii.config:PiiConfig",
            impl="datagen_plugin_pii.pii:Pii",
            cost="cheap",
        ),
        Component(
            name="pii-judge",
            summary="Rejects rows in which a model finds names, addresses and other identifying text",
            config="datagen_plugin_pii.config:PiiJudgeConfig",
            impl="datagen_plugin_pii.pii_judge:PiiJudge",
            needs=("model",),
            cost="dear",
        ),
    ]


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The transform that takes personal data out of rows."""
    return [
        Component(
            name="redact",
            summary="Rows with their personal data replaced, by placeholders or by invented values (no model)",
            config="datagen_plugin_pii.config:RedactConfig",
            impl="datagen_plugin_pii.redact:Redact",
            needs=("originals",),
            is_named_only=True,
            cost="cheap",
            attributes={"strategy": "redact"},
            presets=(
                Preset(
                    name="placeholder",
                    summary="values become <EMAIL_1>, <PHONE_1> … the same value the same within a row",
                    options={"mode": "placeholder"},
                    attributes={"replacement": "placeholder"},
                ),
                Preset(
                    name="surrogate",
                    summary="values become invented ones of their shape, the same value the same in all rows",
                    options={"mode": "surrogate"},
                    attributes={"replacement": "surrogate"},
                ),
            ),
        )
    ]
