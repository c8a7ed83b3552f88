"""The consistency validator: does it find wrong labels among near copies? CLINC with labels flipped.

    python -m validator_quality.consistency DATA     (from `bench/`) prints the rows

`DATA` is a folder with `tasks/clinc_a/train.jsonl.gz`. Near-duplicated are the rows that have another one with a
Jaccard similarity of 0.8 or more; 5 % of their labels are replaced by another one, and the rows judged and added in a
drawn order as a run does it. Counts are summed over 10 such draws.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datagen_plugin_consistency.config import ConsistencyConfig
from datagen_plugin_consistency.consistency import Consistency

from datagen_core import Inputs, Sample
from datagen_core.near_duplicates.index import NearDuplicates

FLIPPED, DRAWS, NEAR = 0.05, 10, 0.8
THRESHOLDS = {"exact": None, "0.8": 0.8, "0.85": 0.85, "0.9": 0.9}


def measure(data_folder: Path) -> list[dict[str, Any]]:
    """Precision and recall at each threshold: of the rows rejected, and of the contradictions found.

    A contradiction is between two rows, of which the later one is rejected. `rows rejected` counts how many of these
    are flipped ones; `contradictions` how many have a flipped one on either side, and how many flipped rows are in one.
    """
    samples = read(data_folder)
    doubled = near_duplicated(samples)
    out = []
    for name, threshold in THRESHOLDS.items():
        config = ConsistencyConfig(near_jaccard=threshold, against_seeds=False)
        rejected, named, cpu_s = Counts(), Counts(), 0.0
        for draw in range(DRAWS):
            given, flipped = planted(samples, doubled, random.Random(draw))
            began = time.process_time()
            found = contradictions(Consistency(config, Inputs()), given)
            cpu_s += time.process_time() - began
            rejected.add(
                hits=sum(new in flipped for new, _ in found),
                found=len(found),
                wrong=flipped,
                seen={new for new, _ in found},
            )
            sides = [{new, old} for new, old in found]
            named.add(
                hits=sum(bool(pair & flipped) for pair in sides),
                found=len(found),
                wrong=flipped,
                seen=set().union(*sides),
            )
        ms = round(cpu_s * 1e6 / (DRAWS * len(samples)), 1)
        out += [
            {"what": f"{what}, {name}", **counts.rates(), "cpu_ms_per_1000": ms, "rows": len(samples)}
            for what, counts in (("rows rejected", rejected), ("contradictions", named))
        ]
    return out


class Counts:
    """Hits among what was found, and wrong rows among what was seen."""

    def __init__(self) -> None:
        self.hits = self.found = self.wrong = self.seen = 0

    def add(self, *, hits: int, found: int, wrong: set[str], seen: set[str]) -> None:
        """Counts one draw."""
        self.hits, self.found = self.hits + hits, self.found + found
        self.wrong, self.seen = self.wrong + len(wrong), self.seen + len(wrong & seen)

    def rates(self) -> dict[str, float]:
        """Precision, recall and F1; 0 where nothing was found."""
        precision = self.hits / self.found if self.found else 0.0
        recall = self.seen / self.wrong
        f1 = 2 * precision * recall / (precision + recall) if self.hits else 0.0
        return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}


def read(data_folder: Path) -> list[Sample]:
    """The rows of CLINC's training set, ids by their place."""
    with gzip.open(data_folder / "tasks" / "clinc_a" / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Sample(id=str(at), response=row["text"], label=row["label"]) for at, row in enumerate(rows)]


def near_duplicated(samples: Sequence[Sample]) -> list[str]:
    """The ids of rows that have a near copy."""
    index = NearDuplicates(NEAR)
    found: set[int] = set()
    for row, signature in enumerate(index.sign([sample.response for sample in samples])):
        for other in index.candidates(signature):
            if other.jaccard >= NEAR:
                found |= {row, other.row}
        index.add(signature, row)
    return [samples[row].id for row in sorted(found)]


def planted(
    samples: Sequence[Sample], doubled: Sequence[str], rng: random.Random
) -> tuple[list[Sample], set[str]]:
    """The rows in a drawn order with some labels replaced, and the ids of these."""
    labels = sorted({str(sample.label) for sample in samples})
    flipped = set(rng.sample(list(doubled), round(FLIPPED * len(doubled))))
    given = [
        replace(sample, label=rng.choice([label for label in labels if label != sample.label]))
        if sample.id in flipped
        else sample
        for sample in samples
    ]
    return rng.sample(given, len(given)), flipped


def contradictions(validator: Consistency, samples: Sequence[Sample]) -> list[tuple[str, str]]:
    """The rejected rows, each with the accepted one that it contradicts, by id."""
    found, accepted = [], []
    for sample, signature in zip(samples, validator.sign(samples), strict=True):
        verdict = validator.judge(signature)
        if verdict.passed:
            validator.add(signature, len(accepted))
            accepted.append(sample.id)
        else:
            sequence = int(str(verdict.evidence).split()[1])
            found.append((sample.id, accepted[sequence]))
    return found


if __name__ == "__main__":
    for line in measure(Path(sys.argv[1])):
        print(line)
