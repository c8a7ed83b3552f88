"""The adaptive router: a Bayesian linear model of the reward, an upper bound, and what a job does to both."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_routers() -> Sequence[Component]:
    """The adaptive router."""
    return [
        Component(
            name="adaptive",
            summary="Learns each arm's worth in its context, by arm attributes too; notices change; keeps budgets",
            config="datagen_plugin_router_adaptive.config:AdaptiveConfig",
            impl="datagen_plugin_router_adaptive.router:AdaptiveRouter",
        )
    ]
