"""Which of the accepted rows make the dataset: by rules, by scores, by coverage, by shares."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl

CONFIG = "datagen_plugin_selection.config"


@hookimpl
def datagen_selectors() -> Sequence[Component]:
    """The six selectors."""
    return [
        Component(
            name="lima",
            summary="LIMA's rules: long answers, no first person, no markup, sources in balance; asks no model",
            config=f"{CONFIG}:LimaConfig",
            impl="datagen_plugin_selection.lima:Lima",
            cost="free",
        ),
        Component(
            name="deita",
            summary="DEITA: complexity times quality summed over turns, best first, none near one already kept",
            config=f"{CONFIG}:DeitaConfig",
            impl="datagen_plugin_selection.deita:Deita",
            cost="dear",
        ),
        Component(
            name="k-center",
            summary="Greedy k-centre: always the row farthest from all that are kept",
            config=f"{CONFIG}:KCenterConfig",
            impl="datagen_plugin_selection.k_center:KCenter",
        ),
        Component(
            name="coverage",
            summary="Groups near rows and keeps the central one, or a diverse few, of each group",
            config=f"{CONFIG}:CoverageConfig",
            impl="datagen_plugin_selection.coverage:Coverage",
        ),
        Component(
            name="stratified",
            summary="Exact shares of labels, languages or any other key; a shortfall is listed, not filled",
            config=f"{CONFIG}:StratifiedConfig",
            impl="datagen_plugin_selection.stratified:Stratified",
            cost="free",
        ),
        Component(
            name="top",
            summary="The rows with the best scores, from a threshold on",
            config=f"{CONFIG}:TopConfig",
            impl="datagen_plugin_selection.top:Top",
            cost="free",
        ),
    ]
