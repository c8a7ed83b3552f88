"""What the router learns from: outcomes to rewards to router state, and the log that replays to it."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.errors import PluginError, blaming
from datagen_core.job import Job
from datagen_core.memory import episode
from datagen_core.reward import Outcome, Reward, RewardValue
from datagen_core.router import NOTHING_KNOWN, Arm, Decision, Feedback, Outlook, Router
from datagen_core.store.reading import RunReader

ROUTER_HINT = "update the plugin or choose another router with --fresh"


def decide(
    job: Job, router: Router[Any], index: int, arms: Sequence[Arm], outlook: Outlook = NOTHING_KNOWN
) -> Decision:
    """The router's choice for batch `index`; raises PluginError when it breaks its interface."""
    rng = random.Random(f"{job.fingerprint}|route|{index}")
    with blaming(f"router {type(router).__name__}", hint=ROUTER_HINT):
        decision = router.select(job.context, arms, decision_id=f"d{index}", rng=rng, outlook=outlook)
    if decision.arm not in {arm.name for arm in arms}:
        raise PluginError(f"router {job.router_use[0].name!r} chose {decision.arm!r}, which wasn't offered")
    if not 0.0 < decision.propensity <= 1.0 + 1e-9:
        raise PluginError(
            f"router {job.router_use[0].name!r} gave the propensity {decision.propensity!r}",
            expected="a probability above 0",
        )
    return decision


def rewarded(reward: Reward[Any], outcome: Outcome, name: str) -> RewardValue | None:
    """The reward of an outcome; None for an operational failure that made nothing to judge."""
    if outcome.error is not None:
        return None
    with blaming(f"reward {name!r}", hint="update the plugin or choose another reward with --fresh"):
        value = reward.score(outcome)
    if not (math.isfinite(value.value) and 0.0 <= value.value <= 1.0):
        raise PluginError(f"reward {name!r} gave {value.value!r}", expected="a number in [0, 1]")
    return value


def learn(router: Router[Any], row: Mapping[str, Any]) -> None:
    """Tells the router what came of a stored batch."""
    feedback = Feedback(
        reward=row["reward"],
        requested=row["n"],
        accepted=row["accepted"],
        cost=row["cost"] or 0.0,
        variance=row["variance"],
    )
    with blaming(f"router {type(router).__name__}", hint=ROUTER_HINT):
        router.update(row["decision_id"], feedback)


def credit(router: Router[Any], commits: int, worth: Mapping[str, Sequence[float]]) -> None:
    """Tells the router what an evaluation after so many commits found of arms: value and variance each."""
    with blaming(f"router {type(router).__name__}", hint=ROUTER_HINT):
        for arm, (value, variance) in sorted(worth.items()):
            router.credit(f"e{commits}|{arm}", arm, value, variance)


def recall(router: Router[Any], store: RunReader) -> None:
    """Lets a new router start from the run's snapshot of the memory."""
    episodes = [episode(row) for row in store.get("memory") or ()]
    if episodes:
        with blaming(f"router {type(router).__name__}", hint=ROUTER_HINT):
            router.recall(episodes)


def replay(job: Job, store: RunReader) -> dict[str, Any]:
    """The router's state as the decision log alone gives it: decisions and commits in their logged order.

    Raises PluginError when the router, asked again, chooses differently from what was logged.
    """
    router = job.new_router()
    recall(router, store)
    rows = {row["idx"]: row for row in store.batch_rows()}
    by_name = {built.arm.name: built.arm for built in job.arms}
    for event in store.event_rows():
        if event["kind"] == "credited":
            credit(router, event["payload"]["commits"], event["payload"]["worth"])
        row = rows.get(event["batch"]) if event["batch"] is not None else None
        if row is None:
            continue
        if event["kind"] == "decided":
            decision = decide(
                job, router, row["idx"], [by_name[name] for name in row["offered"]], Outlook(**row["outlook"])
            )
            if decision.arm != row["arm"]:
                raise PluginError(
                    f"batch {row['idx']}: the log says {row['arm']!r}, the replay {decision.arm!r}",
                    expected="a router that is reproducible from its state and random generator",
                )
        elif event["kind"] == "committed":
            learn(router, row)
    state: dict[str, Any] = json.loads(json.dumps(router.state()))
    return state
