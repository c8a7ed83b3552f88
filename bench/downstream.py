"""The loop closed: does a run move to the arm whose rows a model learns from, when nothing but `downstream` shows it?

    python bench/downstream.py [--seeds 0:20] [--only a,b] [--quick]

Whole runs with the default router and reward, each seed once with `downstream: probe` and once without. Two arms of
equal novel yield, no validator that reads a label, batches of 20, the probe after every fifth. Measured is the share
of the later half of the batches that went to the arm with the right labels.

a  rows of invented words: one arm labels rightly, the other never; both fail to make 30 % of what is asked of them
b  real rows (SNIPS, 7 intents, 35 seeds, 35 development rows): one arm draws them as they are, of the other's 60 % bear
   a class drawn at random; beside the shares, the test accuracy that seeds and generated rows give

Bars: with it, the share is at least 0.8 in the median and in 19 of 20 seeds. Without it nothing tells the arms apart:
by symmetry at most half of the seeds are expected there, and 0.65 of them is the bar. They and the options were chosen
on seeds 1000 to 1011. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from closed_loop.arms import CLASSES, text
from model_load.line import Line

import datagen_core

ARMS = Path(__file__).parent / "closed_loop" / "arms.py"
SNIPS = Path(__file__).parent.parent / "recipes" / "data" / "snips7"
ROWS, BATCH, EVERY = 600, 20, 5
MOVED, SEEDS_MOVED, SEEDS_BY_CHANCE = 0.8, 0.95, 0.65
Recipe = dict[str, Any]


def invented(folder: Path) -> Recipe:
    """Two arms of invented rows, and 60 rightly labelled development rows."""
    rng = random.Random("development")
    rows = [{"text": text(label, rng), "label": label} for _ in range(20) for label in CLASSES]
    development = folder / "development.jsonl"
    development.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {
        "labels": list(CLASSES),
        "arms": [
            {"name": "right", "use": "invented"},
            {"name": "wrong", "use": "invented", "with": {"wrong": 1.0}},
        ],
        "validators": [],
        "downstream": {"use": "probe", "every": EVERY, "with": {"test": str(development)}},
    }


def real(folder: Path) -> Recipe:
    """Two arms that draw real rows, duplicates rejected; measured in the end on the test set."""
    development = str(SNIPS / "development.jsonl")
    drawn = {"rows": str(SNIPS / "train.jsonl.gz"), "but_for": development}
    return {
        "seeds": str(SNIPS / "seeds.jsonl"),
        "arms": [
            {"name": "right", "use": "drawn", "with": drawn},
            {"name": "wrong", "use": "drawn", "with": {**drawn, "wrong": 0.6}},
        ],
        "validators": ["dedup"],
        "downstream": {"use": "probe", "every": EVERY, "with": {"test": development}},
        "evaluation": {"use": "probe", "with": {"test": str(SNIPS / "test.jsonl.gz")}},
    }


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished run: the right arm's share of the later half of the batches, and the test accuracy, if any."""

    share: float
    accuracy: float | None


def run(recipe: Recipe, seed: int, folder: Path) -> Ran:
    """A whole run of a recipe in a folder."""
    common = {"name": "downstream", "num_samples": ROWS, "batch_size": BATCH, "memory": "off"}
    results = datagen_core.run(
        {**common, **recipe, "plugins": [str(ARMS)]}, seed=seed, out=folder, trust_local=True
    )
    batches = results.store.batch_rows(state="done")
    later = [batch["arm"] for batch in batches[len(batches) // 2 :]]
    evaluations = results.evaluations()
    return Ran(
        share=later.count("right") / len(later),
        accuracy=evaluations[-1][1].metrics["accuracy"] if evaluations else None,
    )


def part(title: str, make: Callable[[Path], Recipe], seeds: Sequence[int]) -> list[Line]:
    """The lines of a part: shares with and without, and test accuracy where there is a test set."""
    told, untold = [], []
    with tempfile.TemporaryDirectory() as name:
        recipe = make(Path(name))
        silent = {key: value for key, value in recipe.items() if key != "downstream"}
        for seed in seeds:
            told.append(run(recipe, seed, Path(name) / f"told-{seed}"))
            untold.append(run(silent, seed, Path(name) / f"untold-{seed}"))
    found = [one.share for one in told]
    by_chance = [one.share for one in untold]
    return [
        Line(f"{title}, told: share of the right arm, median", median(found), least=MOVED),
        Line(f"{title}, told: share of the right arm, worst seed", min(found)),
        Line(f"{title}, told: seeds in which it is at least {MOVED:g}", moved(found), least=SEEDS_MOVED),
        Line(f"{title}, not told: share of the right arm, median", median(by_chance)),
        Line(f"{title}, not told: share of the right arm, worst seed", min(by_chance)),
        Line(
            f"{title}, not told: seeds in which it is at least {MOVED:g}",
            moved(by_chance),
            most=SEEDS_BY_CHANCE,
        ),
        *accuracies(f"{title}, told", told),
        *accuracies(f"{title}, not told", untold),
    ]


def moved(found: Sequence[float]) -> float:
    """The part of the seeds in which the later half went to the right arm."""
    return sum(share >= MOVED for share in found) / len(found)


def accuracies(title: str, runs: Sequence[Ran]) -> list[Line]:
    """Median and worst test accuracy, where it was measured."""
    found = [one.accuracy for one in runs if one.accuracy is not None]
    if not found:
        return []
    return [
        Line(f"{title}: test accuracy of a model trained on it, median", median(found)),
        Line(f"{title}: test accuracy of a model trained on it, worst seed", min(found)),
    ]


PARTS = {"a": ("invented", invented), "b": ("SNIPS", real)}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0:20", help="first:end")
    parser.add_argument("--only", default="".join(PARTS), help="letters of the parts to run, such as a,b")
    parser.add_argument("--quick", action="store_true", help="four seeds")
    given = parser.parse_args()
    first, end = (int(part) for part in given.seeds.split(":"))
    seeds = range(first, min(end, first + 4) if given.quick else end)
    is_met = True
    print(f"{'':72} {'measured':>9} {'bar':>9}")
    for letter, (title, make) in PARTS.items():
        for line in part(title, make, seeds) if letter in given.only else ():
            print(line, flush=True)
            is_met &= line.is_met
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
