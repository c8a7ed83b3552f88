"""What each arm that asks a model costs per accepted row on the test server, beside distilabel's two of the kind.

    python bench/strategies.py [--only naive,evol-instruct] [--quick] [--peer-python PATH]

Calls and tokens are the server's own counts; its tokens are words. Each arm is a run of its own with default settings
(`datagen_core.runs`, timed from the resolved recipe to the written files, without start-up), in a fresh folder with an
empty cache, and with `dedup`, which asks no model. Calls for surplus rows count for the accepted ones.

**The content is invented.** The server answers 50 ms after each call with text and JSON of the form that is asked for,
and knows nothing of what it is asked. An arm's checks (equal instructions, meaning kept, a judge's verdict) reject such
rows by chance: pass rates, and what they do to a figure per accepted row, say what an arm's checks cost when they
reject, and not what a real model yields. `per tried` divides by the rejected and surplus rows too.

The peer is distilabel 1.5 in an environment of its own (`pip install 'distilabel[openai]' requests`), on the same
server and seeds. Where the server sees one of its prompts it answers in the form that its parser expects: so many
queries, one a line; a prompt and nothing else, drawn from the texts that our arm gets. What its tasks do, by their
source:

- `SelfInstruct`: one call gives `num_instructions` queries (5) for one seed: no pool that grows, no novelty, no rules
  on an instruction, no instances. A finished row is such a query answered by `TextGeneration`. Ours shows 8 tasks and
  asks for up to 7 more (the server gives 3 to 7), refuses those too near to any known one, asks what kind of task each
  is behind 31 examples, and then for instances behind others: hence the tokens in. Instances beyond the batch's rows
  are refused (`beyond_batch`); `kept` are the instructions that went on to instances.
- `EvolInstruct`: a call for each evolution, then one for the answer. Nothing is eliminated and nothing judged: whatever
  comes is a row. Ours is the paper's whole round: evolve, rules, a judge of equality, and an answer whose checks decide
  whether the round counts, so three calls a round, of which a rejection saves the later ones.
- `EvolInstruct(num_evolutions=4, generate_answers=True)` raises an IndexError for more than one input in 1.5.3 (it
  counts four answers for each); its Pipeline then passes on rows without texts, after all calls were made. Two ways
  round are measured: `store_evolutions=True` (a row for each evolution; ours is `emit: all`), and the answer from a
  `TextGeneration` behind it (a row for the last; ours is the default).

So a peer's row has passed nothing, and an accepted row has passed its arm's checks and `dedup`; the ratio is what
longer prompts, checks, store, cache, ledger and routing cost together. The peer's wall is that of its tasks called in
turn on all rows at once (nothing stored, no process started), and beside it that of its `Pipeline`, with processes, at
50 rows a batch; both without imports and with its log at WARNING. Walls of the comparison are the least of
alternating rounds.

Exits 1 where a run loses a row or passes its budget of calls; figures are printed and not judged.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from strategy_costs import arms, peers
from strategy_costs.server import Server

LATENCY_S = 0.05
ROWS, ROUNDS = 100, 3
QUICK_ROWS, QUICK_ROUNDS = 20, 1


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", help="names of the arms to run, such as naive,evol-instruct-one-round")
    parser.add_argument("--rows", type=int, help=f"accepted rows wanted of each (default {ROWS})")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS} rows and one round")
    parser.add_argument("--peer-python", type=Path, help="a Python in which distilabel is installed")
    options = parser.parse_args()
    jobs = arms.jobs()
    wanted = list(jobs) if options.only is None else [name for name in options.only.split(",") if name]
    if unknown := set(wanted) - set(jobs):
        parser.error(f"there is no arm {', '.join(sorted(unknown))}; there are {', '.join(jobs)}")
    if options.peer_python and not options.peer_python.is_file():
        parser.error(f"there is no file {options.peer_python}")
    rows = options.rows or (QUICK_ROWS if options.quick else ROWS)
    with Server(latency_s=LATENCY_S) as server:
        is_sound = arms.print_costs({name: jobs[name] for name in wanted}, rows, server)
        if options.only is None or options.peer_python:
            rounds = QUICK_ROUNDS if options.quick or not options.peer_python else ROUNDS
            is_sound &= peers.print_comparison(rows, rounds, server, options.peer_python)
    return int(not is_sound)


if __name__ == "__main__":
    sys.exit(main())
