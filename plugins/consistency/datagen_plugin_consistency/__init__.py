"""Do rows contradict each other, and does a model answer a row's question the same way again?"""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """Contradictions in the pool, and agreement of repeated answers."""
    return [
        Component(
            name="consistency",
            summary="Rejects a near copy of an accepted row or seed that has another label or answer",
            config="datagen_plugin_consistency.config:ConsistencyConfig",
            impl="datagen_plugin_consistency.consistency:Consistency",
            cost="cheap",
        ),
        Component(
            name="self-agreement",
            summary="A model answers a row's question several times; the share that agrees with the row counts",
            config="datagen_plugin_consistency.config:SelfAgreementConfig",
            impl="datagen_plugin_consistency.self_agreement:SelfAgreement",
            needs=("model",),
            cost="dear",
        ),
    ]


@hookimpl
def datagen_evaluators() -> Sequence[Component]:
    """The same contradictions, counted in a finished dataset."""
    return [
        Component(
            name="consistency",
            summary="Near copies in the dataset whose labels or answers disagree: counts, and a table of them",
            config="datagen_plugin_consistency.config:ConsistencyConfig",
            impl="datagen_plugin_consistency.report:ConsistencyReport",
            cost="cheap",
        )
    ]
