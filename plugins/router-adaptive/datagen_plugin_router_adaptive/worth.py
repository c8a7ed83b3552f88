"""What models trained on the arms' rows were worth: evidence beside the rewards, which can't know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from datagen_plugin_router_adaptive.features import Array

MAX_CREDITS = 1024


@dataclass(frozen=True, slots=True)
class Credit:
    """What one evaluation found of an arm."""

    arm: str
    value: float
    variance: float


class Worths:
    """How much better an arm's rows are than its rewards say, from the latest evaluation of each arm.

    A hidden effect of each arm, normal with mean 0 and a variance of its own, is added to the reward expected of it.
    An evaluation measures it, less what arms have in common: the mean over the arms evaluated. Rewards say nothing
    of it, however many there are. Evaluations look at the rows of earlier ones again, so the latest stands for all.
    """

    def __init__(self, prior_variance: float) -> None:
        self._prior_variance = prior_variance
        self._credits: dict[str, Credit] = {}

    def credit(self, credit_id: str, credit: Credit) -> None:
        """Takes what an evaluation found; known ids change nothing."""
        self._credits.setdefault(credit_id, credit)
        if len(self._credits) > MAX_CREDITS:
            del self._credits[next(iter(self._credits))]

    def effects(self, arms: Sequence[str]) -> tuple[Array, Array]:
        """Mean and variance of the arms' effects; all 0 before the first evaluation.

        >>> worths = Worths(0.04)
        >>> worths.credit("e1", Credit("a", 0.9, 0.01))
        >>> worths.credit("e2", Credit("b", 0.7, 0.01))
        >>> [found.round(3).tolist() for found in worths.effects(["a", "b", "never evaluated"])]
        [[0.08, -0.08, 0.0], [0.008, 0.008, 0.04]]
        """
        latest = {one.arm: one for one in self._credits.values()}
        if not latest:
            return np.zeros(len(arms)), np.zeros(len(arms))
        centre = float(np.mean([one.value for one in latest.values()]))
        seen = [latest.get(arm, Credit(arm, centre, np.inf)) for arm in arms]
        noise = np.array([one.variance for one in seen])
        trust = self._prior_variance / (self._prior_variance + noise)
        return trust * np.array([one.value - centre for one in seen]), self._prior_variance * (1 - trust)

    def state(self) -> list[Any]:
        """As JSON: a list, because the order counts."""
        return [[key, asdict(one)] for key, one in self._credits.items()]

    def load(self, state: Sequence[Any]) -> None:
        """Inverse of `state`."""
        self._credits = {key: Credit(**one) for key, one in state}
