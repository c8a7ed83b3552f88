"""A scenario drawn from a seed, what it makes attainable, and the worth of a run of it."""

from __future__ import annotations

import math
import random
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from datagen_core.plugins.host import Host, installed
from datagen_core.resolve import resolve
from datagen_core.results import Results
from datagen_core.runs import carry_on, load
from reward_gaming import arms as plugin
from reward_gaming.arms import true_quality

ROWS = 20
"""Asked for per batch."""
HONEST_ARMS = 6


@dataclass(frozen=True, slots=True)
class ScriptedArm:
    """An arm as `reward_gaming.arms` makes it."""

    pass_rate: float
    quality: float
    flattery: float = 0.0
    pool: int | None = None

    def worth(self, batches: int) -> float:
        """The true quality of the different rows in so many batches, as expected."""
        asked = batches * ROWS
        if self.pool is None:
            return asked * self.pass_rate * self.quality
        return self.pool * (1 - (1 - self.pass_rate / self.pool) ** asked) * self.quality


def draw(seed: int) -> dict[str, ScriptedArm]:
    """Six honest arms, one that flatters the judge and one that repeats itself."""
    rng = random.Random(f"reward gaming {seed}")
    arms = {
        f"honest-{i}": ScriptedArm(pass_rate=rng.uniform(0.85, 0.95), quality=rng.uniform(0.55, 0.85))
        for i in range(HONEST_ARMS)
    }
    arms["flatterer"] = ScriptedArm(
        pass_rate=rng.uniform(0.85, 0.95), quality=rng.uniform(0.55, 0.7), flattery=0.3
    )
    arms["repeater"] = ScriptedArm(pass_rate=rng.uniform(0.95, 1.0), quality=0.9, pool=rng.randint(60, 200))
    return arms


def attainable(arms: Mapping[str, ScriptedArm], batches: int) -> float:
    """The greatest expected worth of so many batches, split between the arms by somebody who knows all of the above.

    An arm's worth is concave in its batches (what is used up comes no more), so the split that gives each batch to
    the arm that gains most by it is the best one.
    """
    taken = dict.fromkeys(arms, 0)
    total = 0.0
    for _ in range(batches):
        gains = {name: arm.worth(taken[name] + 1) - arm.worth(taken[name]) for name, arm in arms.items()}
        best = max(gains, key=lambda name: gains[name])
        taken[best] += 1
        total += gains[best]
    return total


def attained(seed: int, batches: int, changes: Mapping[str, Any]) -> float:
    """The worth of a whole run, over what is attainable.

    Args:
        seed: Of the scenario and of the run.
        batches: After which it ends.
        changes: What its recipe says beside the arms.
    """
    arms = draw(seed)
    recipe = {
        "name": "bench",
        "seed": seed,
        "num_samples": 2 * batches * ROWS,  # out of reach: the batches end the run
        "batch_size": ROWS,
        "budget": {"max_batches": batches},
        "memory": "off",
        "arms": [
            {"use": "bench-scripted", "name": name, "with": _options(arm)} for name, arm in arms.items()
        ],
        "validators": ["bench-judge"],
        **changes,
    }
    job = resolve(load(recipe), _host())
    with tempfile.TemporaryDirectory() as folder:
        return worth(carry_on(job, Path(folder) / "run")) / attainable(arms, batches)


def worth(results: Results) -> float:
    """The true quality of the accepted rows, each content counted once."""
    return math.fsum(
        true_quality(text) for text in {record["response"] for record in results.store.records()}
    )


def _options(arm: ScriptedArm) -> dict[str, Any]:
    return {name: value for name, value in asdict(arm).items() if value is not None}


@cache
def _host() -> Host:
    entry = ("reward-gaming", "reward-gaming", "1.0", lambda: sys.modules[plugin.__name__])
    return installed().joined([entry])
