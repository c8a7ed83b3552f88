"""What asking a model costs beyond a bare loop, and what becomes of a run under a provider's faults.

    python bench/models.py [--only a,b] [--quick]

The endpoint is the scripted server in a process of its own. The floor is an aiohttp loop that sends the same
requests, 64 in flight, reads each answer as JSON and tries failures again by the same rules; ours is a whole run
(plain prompting, schema, dedup, routing, store, cache, ledger) from the resolved recipe to the written files, with
default settings. Walls are the least of alternating rounds.

a  clean, 100 ms a call, fixed and log-normal: at most 1.25 times the floor
b  5 % status 500, 5 % 429 with Retry-After, 2 % malformed, 1 % reset: all rows, at most 1.5 times the floor;
   what the router learns of two arms meanwhile, and what strict order costs
c  1,800 requests a minute: all rows, at most 5 % refused where the limit is told, 30 % where it isn't
d  5 % of the requests hang; 30 s without an endpoint: all rows
e  kill -9 at half and at three quarters: all rows, none twice, at most the calls in flight paid again, no torn line;
   in strict order the dataset of an uninterrupted run
f  random budgets: what the endpoint bills never passes one, no accepted row is lost, more money finishes the run
g  CPU of a call beyond a bare loop's: below 1 ms; `datagen --help` imports no client
h  the same rows whether the openai or the litellm plugin sends
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial

from model_load import budgets, crashes, limits, providers, speed
from model_load.line import Line

Part = Callable[[int, int], list[Line]]
PARTS: dict[str, list[tuple[Part, int, int]]] = {
    "a": [(speed.clean, 1000, 5)],
    "b": [(speed.faulty, 1000, 3)],
    "c": [(limits.rates, 300, 1)],
    "d": [(limits.outages, 300, 1)],
    "e": [(crashes.kills, 1000, 1)],
    "f": [(budgets.walls, 100, 50)],
    "g": [(speed.cpu, 1000, 5), (providers.light_start, 0, 1)],
    "h": [(providers.two_ways, 100, 1)],
}
"""What is run for each letter, with how many rows and rounds (or budgets)."""
QUICK: dict[str, list[tuple[Part, int, int]]] = {
    "a": [(speed.clean, 300, 2)],
    "b": [(speed.faulty, 300, 1)],
    "c": [(limits.rates, 100, 1)],
    "d": [(partial(limits.outages, outage_s=5.0), 100, 1)],
    "e": [(crashes.kills, 300, 1)],
    "f": [(budgets.walls, 60, 10)],
    "g": [(speed.cpu, 300, 2), (providers.light_start, 0, 1)],
    "h": [(providers.two_ways, 40, 1)],
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="".join(PARTS), help="letters of the parts to run, such as a,b")
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds; the ratios mean less")
    options = parser.parse_args()
    wanted = set(options.only) - set(" ,")
    if wanted - set(PARTS):
        parser.error(f"there are the parts {', '.join(PARTS)}")
    is_met = True
    print(f"{'':72} {'measured':>9} {'bar':>9}")
    for letter, parts in (QUICK if options.quick else PARTS).items():
        for part, rows, rounds in parts if letter in wanted else ():
            for line in part(rows, rounds):
                print(line, flush=True)
                is_met &= line.is_met
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
