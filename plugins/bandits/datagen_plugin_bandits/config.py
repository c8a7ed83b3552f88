"""Options of the routers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datagen_core.config import Config


class EpsilonFirstConfig(Config):
    """How long it explores."""

    explore: int = Field(
        30, ge=1, le=100_000, description="decisions made at random before the best mean is kept"
    )


class EpsilonDecreasingConfig(Config):
    """How fast exploration falls: epsilon = min(1, c · arms / (d² · decision))."""

    c: float = Field(0.1, gt=0, le=100, description="exploration on the whole; the source tried 0.05 to 0.2")
    d: float = Field(
        0.2, gt=0, le=1, description="at most the gap between the best arm's mean and the next one's"
    )


class Ucb1Config(Config):
    """How much it explores."""

    width: float = Field(
        1.0,
        ge=0,
        le=10,
        description="factor on the bonus; 1 as published is for rewards of 0 or 1, about 0.3 suits batches of 20",
    )


class UcbTunedConfig(Config):
    """How much it explores."""

    width: float = Field(1.0, ge=0, le=10, description="factor on the bonus; 1 as published")


class ThompsonConfig(Config):
    """What is believed of an arm before and after its rewards."""

    posterior: Literal["beta", "gaussian"] = Field(
        "beta",
        description="beta: a reward r is r successes and 1 - r failures; gaussian: noise of known size",
    )
    discount: float = Field(
        1.0,
        gt=0,
        le=1,
        description="weight of a reward per decision made since; 1 never forgets, 0.98 forgets half in 34",
    )
    weigh_rows: bool = Field(
        False, description="a batch counts as many trials as rows were asked for, else as one trial"
    )
    prior_alpha: float = Field(1.0, ge=0.5, le=1000, description="beta: successes believed before any reward")
    prior_beta: float = Field(1.0, ge=0.5, le=1000, description="beta: failures believed before any reward")
    prior_mean: float = Field(0.5, ge=0, le=1, description="gaussian: mean reward believed before any reward")
    prior_sd: float = Field(
        0.5, gt=0, le=10, description="gaussian: how uncertain that is, as standard deviation"
    )
    noise_sd: float = Field(
        0.25,
        gt=0,
        le=10,
        description="gaussian: standard deviation of one trial's reward around its arm's mean",
    )


class LinearConfig(Config):
    """What routers with a ridge regression per arm have in common."""

    ridge: float = Field(1.0, gt=0, le=1000, description="penalty: how many batches the prior is worth")
    prior_mean: float = Field(
        0.5,
        ge=0,
        le=1,
        description="reward of an arm that is not known; 0 as published stays with the first that pays",
    )
    recall_weight: float = Field(
        0.5, ge=0, le=1, description="how much a batch of an earlier run counts; 0 forgets them"
    )
    max_features: int = Field(
        64, ge=1, le=1000, description="features kept, the first ones met; further ones are left out"
    )


class LinUcbConfig(LinearConfig):
    """How much it explores, and its regression."""

    alpha: float = Field(
        0.5,
        ge=0,
        le=10,
        description="bonus in standard deviations; with 0.5 an unknown arm's bound is the best reward",
    )


class LinTsConfig(LinearConfig):
    """How much it explores, and its regression."""

    v: float = Field(0.25, gt=0, le=10, description="factor on the posterior's standard deviation")


class Exp3SConfig(Config):
    """How much it explores and forgets."""

    gamma: float = Field(0.1, gt=0, le=1, description="share of uniform choice, and the learning rate")
    alpha: float = Field(
        0.001,
        ge=0,
        le=1,
        description="share of all weight that is spread at each update; 0 is Exp3, which forgets nothing",
    )


class BoltzmannConfig(Config):
    """How sharply it prefers better means."""

    temperature: float = Field(
        0.1, gt=0, le=10, description="difference of means that changes the odds by e, at first"
    )
    decay: float = Field(1.0, gt=0, le=1, description="factor on the temperature per decision")
    floor: float = Field(0.01, gt=0, le=10, description="the temperature never falls below")


class SlidingWindowUcbConfig(Config):
    """What it remembers and how much it explores."""

    window: int = Field(
        50, ge=2, le=100_000, description="judged decisions remembered; several times the number of arms"
    )
    xi: float = Field(0.6, gt=0, le=10, description="exploration; above 0.5 as published")
    width: float = Field(
        1.0, ge=0, le=10, description="factor on the bonus: the range of the rewards, B in the source"
    )


class DiscountedUcbConfig(Config):
    """What it remembers and how much it explores."""

    gamma: float = Field(
        0.98,
        gt=0,
        lt=1,
        description="weight of a reward per decision made since; 1 / (1 - gamma) decisions count",
    )
    xi: float = Field(0.6, gt=0, le=10, description="exploration; above 0.5 as published")
    width: float = Field(
        1.0, ge=0, le=10, description="factor on the bonus: the range of the rewards, B in the source"
    )


class RoundRobinConfig(Config):
    """Nothing to set."""


class FixedConfig(Config):
    """Which arm."""

    arm: str = Field(min_length=1, pattern=r"\S", description="name of the arm that makes every batch")
