"""The probe evaluator: trains a small text classifier on the dataset and tests it on real rows."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_evaluators() -> Sequence[Component]:
    """The probe."""
    return [
        Component(
            name="probe",
            summary="Test accuracy of a small classifier trained on the data, beside its baselines",
            config="datagen_plugin_probe.config:ProbeConfig",
            impl="datagen_plugin_probe.probe:Probe",
            cost="cheap",
        )
    ]
