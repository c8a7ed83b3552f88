"""Does a classifier fitted on the seeds agree with a row's label?"""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_validators() -> Sequence[Component]:
    """The label-agreement validator."""
    return [
        Component(
            name="label-agreement",
            summary="Scores a row by the probability of its label under a classifier fitted on the seeds",
            config="datagen_plugin_label_agreement.config:LabelAgreementConfig",
            impl="datagen_plugin_label_agreement.label_agreement:LabelAgreement",
            needs=("labelled-seeds",),
            cost="cheap",
        )
    ]
