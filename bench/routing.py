"""Routers in nine simulated environments: the share they earn of what a clairvoyant router would.

    python bench/routing.py [--seeds 0:50] [--environments stationary,budget] [--routers adaptive,ucb1]
                            [--processes 2] [--quick]

A score is the expected reward of the batches chosen over that of a router which knows all expectations
(`World.clairvoyant` says exactly what it does). All routers of a seed see the same worlds and the same draws. Each
cell is the median over seeds and, below, the quartiles. In `jobs` every job starts with a new router that recalls the
earlier ones; routers that can't recall keep running. Libraries take part where they are installed
(`pip install mabwiser river vowpalwabbit paretobandit`).

Bars for `adaptive`, with one set of options for all: the mean of the medians is at least 0.955, no median is below
0.88, and none is below that of a library measured beside it. Exits 1 when one is missed. Options were chosen on seeds
1000 to 1015.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from statistics import mean, quantiles

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: threads only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from routing_environments.environments import ENVIRONMENTS
from routing_environments.libraries import libraries
from routing_environments.routers import contenders
from routing_environments.simulation import Simulation

MEAN_BAR, LOWEST_BAR = 0.955, 0.88
LIBRARIES = ("mabwiser", "river", "vowpalwabbit", "pareto_bandit")
Task = tuple[str, str, int]
_CONTENDERS: dict = {}


def score(task: Task) -> float:
    """Of one router in one environment with one seed."""
    router, environment, seed = task
    make = _CONTENDERS[router]
    return Simulation(environment, seed, lambda: make(seed)).score()


def start_worker() -> None:
    """Finds the routers once per process."""
    _CONTENDERS.update(contenders())


def measured(tasks: list[Task], processes: int) -> dict[Task, float]:
    """Every task's score; on a terminal it says how far it is."""
    if processes <= 1:
        start_worker()
        return _collected(tasks, map(score, tasks))
    with ProcessPoolExecutor(processes, initializer=start_worker) as pool:
        return _collected(tasks, pool.map(score, tasks, chunksize=4))


def _collected(tasks: list[Task], scores: Iterable[float]) -> dict[Task, float]:
    found = {}
    for i, (task, one) in enumerate(zip(tasks, scores, strict=True), start=1):
        found[task] = one
        if sys.stderr.isatty():
            print(f"\r{i} of {len(tasks)}: {task[0]} in {task[1]}\033[K", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return found


def quartiles(scores: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile."""
    if len(scores) == 1:
        return scores[0], scores[0], scores[0]
    low, middle, high = quantiles(scores, n=4, method="inclusive")
    return low, middle, high


def print_results(routers: list[str], environments: list[str], found: dict[tuple[str, str], tuple]) -> None:
    """Medians, quartiles beneath, the mean of the medians at the end."""
    width = max(len(name) for name in routers) + 1
    print("".ljust(width), *[name.rjust(11) for name in environments], "mean".rjust(7))
    for router in routers:
        cells = [found[router, environment] for environment in environments]
        print(
            router.ljust(width), *[f"{m:11.3f}" for _, m, _ in cells], f"{mean(m for _, m, _ in cells):7.3f}"
        )
        print("".ljust(width), *[f"{low:.3f}-{high:.3f}" for low, _, high in cells])


def misses(routers: list[str], environments: list[str], found: dict[tuple[str, str], tuple]) -> list[str]:
    """Which bars `adaptive` misses, in words."""
    own = {environment: found["adaptive", environment][1] for environment in environments}
    out = []
    if mean(own.values()) < MEAN_BAR:
        out.append(f"the mean of its medians is {mean(own.values()):.4f}, the bar is {MEAN_BAR}")
    for environment, median in own.items():
        peers = {name: found[name, environment][1] for name in routers if name in libraries()}
        if median < LOWEST_BAR:
            out.append(f"{environment}: {median:.3f}, the bar is {LOWEST_BAR}")
        if peers and median < max(peers.values()):
            best = max(peers, key=lambda name: peers[name])
            out.append(f"{environment}: {median:.3f}, {best} has {peers[best]:.3f}")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0:50", help="first:end")
    parser.add_argument("--environments", default=",".join(ENVIRONMENTS))
    parser.add_argument("--routers", default="", help="by default all that are installed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="eight seeds, adaptive and two baselines")
    given = parser.parse_args()
    first, end = (int(part) for part in given.seeds.split(":"))
    routers = given.routers.split(",") if given.routers else list(contenders())
    if given.quick:
        end, routers = min(end, first + 8), ["adaptive", "epsilon-greedy", "uniform"]
    environments = given.environments.split(",")
    tasks = [(r, e, seed) for r in routers for e in environments for seed in range(first, end)]
    scores = measured(tasks, given.processes)
    found = {
        (r, e): quartiles([scores[r, e, seed] for seed in range(first, end)])
        for r in routers
        for e in environments
    }
    print(f"share of the clairvoyant's earnings, seeds {first} to {end - 1}: median, and quartiles\n")
    print_results(routers, environments, found)
    absent = [name for name in LIBRARIES if not _is_there(name)]
    if absent:
        print(f"\nnot installed, so not compared with: {', '.join(absent)}")
    missed = misses(routers, environments, found) if "adaptive" in routers else []
    for line in missed:
        print(f"\nmissed by adaptive: {line}")
    return 1 if missed else 0


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


if __name__ == "__main__":
    sys.exit(main())
