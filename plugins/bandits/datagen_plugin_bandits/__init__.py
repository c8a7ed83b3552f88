"""Routers that the literature names: UCB, Thompson sampling, LinUCB, Exp3.S and the simple ones beside them."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_routers() -> Sequence[Component]:
    """One router for each policy; each has its file."""
    return [
        _router(
            "epsilon-first", "EpsilonFirst", "Any arm for the first decisions, then the best mean for good"
        ),
        _router("epsilon-decreasing", "EpsilonDecreasing", "The best mean; any arm with probability ~ 1/n"),
        _router("ucb1", "Ucb1", "The highest upper confidence bound on the mean reward"),
        _router(
            "ucb-tuned", "UcbTuned", "UCB1 with a bound on each arm's variance in place of the worst case"
        ),
        _router("thompson", "Thompson", "Each arm with its probability of being best (Beta or Gaussian)"),
        _router("lin-ucb", "LinUcb", "The highest bound of a ridge regression per arm on the job's features"),
        _router("lin-ts", "LinTs", "Thompson sampling with a ridge regression per arm on the job's features"),
        _router(
            "exp3s", "Exp3S", "Exponential weights with sharing, for rewards that follow no distribution"
        ),
        _router("boltzmann", "Boltzmann", "Probabilities proportional to exp(mean reward / temperature)"),
        _router("sliding-window-ucb", "SlidingWindowUcb", "UCB over the last decisions only, for drift"),
        _router("discounted-ucb", "DiscountedUcb", "UCB in which old rewards count less and less, for drift"),
        _router("round-robin", "RoundRobin", "Every arm in turn; learns nothing"),
        _router("fixed", "Fixed", "Always one arm, named in its options; learns nothing"),
    ]


def _router(name: str, implementation: str, summary: str) -> Component:
    return Component(
        name=name,
        summary=summary,
        config=f"datagen_plugin_bandits.config:{implementation}Config",
        impl=f"datagen_plugin_bandits.{name.replace('-', '_')}:{implementation}",
        cost="free",
    )
