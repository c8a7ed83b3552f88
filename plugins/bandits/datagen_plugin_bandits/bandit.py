"""What the policies share: pending decisions, rewards per arm, and a draw from stated probabilities.

A policy gives the probabilities of the arms offered (`odds`) and the choice is drawn from them: so a propensity is
exact for every policy, those included that are usually written as a draw followed by a maximum.
"""

from __future__ import annotations

import math
import random
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from datagen_core.context import Context
from datagen_core.nothing import EMPTY
from datagen_core.router import (
    NOTHING_KNOWN,
    Arm,
    ConfigT,
    Decision,
    Feedback,
    Outlook,
    Router,
    check_reward,
)

UNKNOWN_MEAN = 0.5
"""Mean of an arm while no arm has a reward: the middle of the scale."""

TIED = 1e-12
"""Scores no further apart are equal: the last bits differ between processors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """Probabilities of the arms offered, in their order, summing to 1.

    Attributes:
        shares: The probabilities.
        why: The reason in words; the chosen arm's score, where there is one, follows in brackets.
        scores: What the arms were compared by, in their order.
        facts: What the policy wants back, JSON-able, with the decision's reward.
    """

    shares: Sequence[float]
    why: str
    scores: Sequence[float] = ()
    facts: Mapping[str, float] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A decision without its reward: the arm, the decision's number from 0, its propensity, the policy's facts."""

    arm: str
    at: int
    propensity: float
    facts: Mapping[str, float] = field(default_factory=dict)


class Bandit(Router[ConfigT]):
    """A router that is only its rule: subclasses say `odds`, and `learn` where means per arm aren't enough.

    Arms are known by name. A decision that failed is forgotten as if it hadn't been made, except that it keeps its
    number. What lies ahead (`outlook`) is ignored, and so are earlier runs unless a policy says otherwise.
    """

    def __init__(self, config: ConfigT) -> None:
        super().__init__(config)
        self.decisions = 0
        self._pulls: dict[str, int] = {}
        self._totals: dict[str, float] = {}
        self._waiting: dict[str, Waiting] = {}

    # -- what a policy says -------------------------------------------------------------------------------

    @abstractmethod
    def odds(self, names: Sequence[str], context: Context) -> Odds:
        """The probabilities of these arms now."""

    def learn(self, decision: Waiting, reward: float, rows: int) -> None:
        """Takes in a reward, once per decision; `rows` were asked for. Pulls and means are kept already."""
        return None

    def own_state(self) -> dict[str, Any]:
        """What it keeps besides pulls, totals and pending decisions, as JSON; nothing by default."""
        return {}

    def load_own(self, state: Mapping[str, Any]) -> None:
        """Inverse of `own_state`."""
        return None

    def shown(self, name: str) -> Mapping[str, float]:
        """What the summary shows of an arm besides `pulls` and `mean`; nothing by default."""
        return {}

    # -- what a policy can ask ----------------------------------------------------------------------------

    def waiting(self) -> Sequence[Waiting]:
        """The pending decisions."""
        return tuple(self._waiting.values())

    def tries(self) -> Counter[str]:
        """Pulls per arm, pending ones included: else a policy without chance repeats itself until it is answered."""
        return Counter(self._pulls) + Counter(one.arm for one in self.waiting())

    def mean(self, name: str) -> float:
        """Mean reward of an arm; while it has none, that of all arms; while none has, 0.5."""
        return mean(self._totals, self._pulls, name)

    def best_known(self, names: Sequence[str]) -> Odds:
        """The highest mean among the arms with a reward; any arm where none has one."""
        known = [name for name in names if self._pulls.get(name)]
        if not known:
            return among(names, names, "no reward known yet")
        means = [self.mean(name) if name in known else -math.inf for name in names]
        return highest(means, "best mean")

    # -- the router's interface ---------------------------------------------------------------------------

    def select(
        self,
        context: Context,
        arms: Sequence[Arm],
        *,
        decision_id: str,
        rng: random.Random,
        outlook: Outlook = NOTHING_KNOWN,
    ) -> Decision:
        """See `Router.select`."""
        names = [arm.name for arm in arms]
        odds = self.odds(names, context)
        (i,) = rng.choices(range(len(names)), odds.shares)
        propensity = odds.shares[i] / math.fsum(odds.shares)
        self._waiting[decision_id] = Waiting(
            arm=names[i], at=self.decisions, propensity=propensity, facts=dict(odds.facts)
        )
        self.decisions += 1
        scores = {name: round(s, 6) for name, s in zip(names, odds.scores, strict=False) if math.isfinite(s)}
        reason = f"{odds.why} ({scores[names[i]]:.3f})" if names[i] in scores else odds.why
        details = {"scores": scores} if scores else EMPTY
        return Decision(id=decision_id, arm=names[i], propensity=propensity, reason=reason, details=details)

    def update(self, decision_id: str, feedback: Feedback) -> None:
        """See `Router.update`."""
        check_reward(feedback.reward)
        decision = self._waiting.pop(decision_id, None)
        if decision is None or feedback.reward is None:
            return
        self._pulls[decision.arm] = self._pulls.get(decision.arm, 0) + 1
        self._totals[decision.arm] = self._totals.get(decision.arm, 0.0) + feedback.reward
        self.learn(decision, feedback.reward, feedback.requested)

    def state(self) -> dict[str, Any]:
        """Decisions made, pulls and totals per arm, pending decisions, and the policy's own."""
        return {
            "decisions": self.decisions,
            "pulls": dict(self._pulls),
            "totals": dict(self._totals),
            "waiting": {key: asdict(one) for key, one in self._waiting.items()},
            **self.own_state(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Inverse of `state`."""
        self.decisions = int(state["decisions"])
        self._pulls = dict(state["pulls"])
        self._totals = dict(state["totals"])
        self._waiting = {
            key: Waiting(**{**one, "facts": dict(one["facts"])}) for key, one in state["waiting"].items()
        }
        self.load_own(state)

    def summary(self) -> Mapping[str, Mapping[str, float]]:
        """Pulls and mean reward per arm over the whole run, and what the policy shows besides."""
        return {
            name: {"pulls": pulls, "mean": self.mean(name), **self.shown(name)}
            for name, pulls in self._pulls.items()
        }


def mean(totals: Mapping[str, float], counts: Mapping[str, float], name: str) -> float:
    """Total by count of an arm; without a count that of all arms; without any, 0.5."""
    if counts.get(name):
        return totals[name] / counts[name]
    count = math.fsum(counts.values())
    return math.fsum(totals.values()) / count if count else UNKNOWN_MEAN


def among(names: Sequence[str], chosen: Sequence[str], why: str) -> Odds:
    """One of some arms at random."""
    share = 1 / len(chosen)
    return Odds(shares=[share if name in chosen else 0.0 for name in names], why=why)


def untried(names: Sequence[str], tries: Mapping[str, float]) -> Odds | None:
    """One of the arms without a try, at random; None where each has one."""
    fresh = [name for name in names if not tries.get(name)]
    return among(names, fresh, "not tried yet") if fresh else None


def highest(scores: Sequence[float], why: str) -> Odds:
    """The highest score, ties broken at random."""
    top = max(scores)
    best = [score >= top - TIED for score in scores]
    return Odds(shares=[is_best / sum(best) for is_best in best], why=why, scores=scores)
