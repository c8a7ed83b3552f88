"""The dev-gain reward: what a batch adds to a small probe on a few labelled development rows."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_rewards() -> Sequence[Component]:
    """The dev-gain reward."""
    return [
        Component(
            name="dev-gain",
            summary="Log-loss a batch takes off a small classifier on a few development rows, × novel share",
            config="datagen_plugin_dev_gain.config:DevGainConfig",
            impl="datagen_plugin_dev_gain.dev_gain:DevGain",
            needs=("labelled-seeds",),
            cost="cheap",
        )
    ]
