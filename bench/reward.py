"""What a reward is worth when arms game it: whole runs with an arm that flatters the judge and one that repeats itself.

    python bench/reward.py [--seeds 0:20] [--batches 200] [--processes 2] [--quick]

A run has eight scripted arms of different quality (`reward_gaming/scenario.py`), batches of 20 rows, no memory, no
dedup: what repeats itself is accepted, and only a reward can tell. The judge sees the true quality of each row with
noise (standard deviation 0.1) and 0.3 more of the flatterer's; the auditor sees it with the same noise and no flattery.

Worth of a run: the true quality of its accepted rows, each content counted once, summed. Attainable: the greatest
expected worth of as many batches, in the best split between the arms, the repeating arm's few different rows first
(`scenario.attainable`). Who is lucky can pass 1. A seed sets the scenario and the run; cells are quartiles over seeds.

The column at the end is what plain code attained in a scenario of this kind, of which only this was known: one arm
flatters, one repeats itself, 15 % of the batches are audited by 3 samples each, uniform choice attains 0.78. Ranges of
pass rate, quality and flattery were set on seeds 1000 to 1015 so that the rows without an audit resemble it; router,
reward and audit have the options that they ship with. Not reproduced: by novel rate alone more is attained here.

Bars, at 200 batches: with an audit the median is at least 0.93, and above those of the other rows that don't know the
truth. Exits 1 when one is missed. In shorter runs all is nearer to uniform choice: at 50 batches, 0.90 with an audit.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: threads only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from reward_gaming.scenario import attained

BAR = 0.93


@dataclass(frozen=True, slots=True)
class Contender:
    """What the recipe of a row says, and what plain code attained by it where that is known."""

    title: str
    changes: Mapping[str, Any]
    plain: float | None = None


AUDITED = Contender(
    "novel rate × judge, audited", {"audit": {"use": "bench-auditor", "share": 0.15, "samples": 3}}, 0.95
)
OTHERS = (
    Contender("pass rate × judge", {"reward": "pass-rate-quality"}, 0.09),
    Contender("novel rate × judge", {}, 0.81),
    Contender("novel rate alone", {"validators": []}, 0.84),
    Contender("uniform choice", {"router": "uniform"}, 0.78),
)
INFORMED = Contender("novel rate × truth, for every row", {"validators": ["bench-auditor"]})
ROWS = (*OTHERS, AUDITED, INFORMED)

Quartiles = tuple[float, float, float]


def measured(seeds: range, batches: int, processes: int) -> dict[str, Quartiles]:
    """Quartiles over seeds of what each row attains, by its title."""
    with ProcessPoolExecutor(processes) as pool:
        waiting = {
            row.title: [pool.submit(attained, seed, batches, row.changes) for seed in seeds] for row in ROWS
        }
        return {row.title: quartiles([one.result() for one in waiting[row.title]]) for row in ROWS}


def quartiles(scores: list[float]) -> Quartiles:
    """Lower quartile, median, upper quartile."""
    if len(scores) == 1:
        return scores[0], scores[0], scores[0]
    low, middle, high = quantiles(scores, n=4, method="inclusive")
    return low, middle, high


def print_table(found: Mapping[str, Quartiles]) -> None:
    """A line for each row."""
    print(f"{'told to the router':36} {'median':>8} {'quartiles':>14} {'bar':>7} {'plain code':>11}")
    for row in ROWS:
        low, middle, high = found[row.title]
        bar = f"≥ {BAR:g}" if row is AUDITED else ""
        plain = "" if row.plain is None else f"{row.plain:.2f}"
        print(f"{row.title:36} {middle:8.3f} {f'{low:.3f}-{high:.3f}':>14} {bar:>7} {plain:>11}".rstrip())


def misses(found: Mapping[str, Quartiles]) -> list[str]:
    """Which bars are missed, in words."""
    median = found[AUDITED.title][1]
    out = [f"{AUDITED.title}: {median:.3f}, the bar is {BAR}"] if median < BAR else []
    better = [row.title for row in OTHERS if found[row.title][1] >= median]
    return out + [f"{title} is no worse than {AUDITED.title}" for title in better]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0:20", help="first:end")
    parser.add_argument("--batches", type=int, default=200, help="after which a run ends")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="five seeds")
    given = parser.parse_args()
    first, end = (int(part) for part in given.seeds.split(":"))
    seeds = range(first, min(end, first + 5) if given.quick else end)
    print(f"share of the attainable worth, seeds {seeds[0]} to {seeds[-1]}, {given.batches} batches\n")
    found = measured(seeds, given.batches, given.processes)
    print_table(found)
    missed = misses(found)
    for line in missed:
        print(f"\nmissed: {line}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
