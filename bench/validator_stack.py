"""The default stack of validators over tens of thousands of short texts: rows per second, memory, growth.

    python bench/validator_stack.py [--texts FILE] [--rows N]

Rows go through the run's own machinery in batches of 20: judged, settled against the pool, taken into it. The stack is
rules, schema, dedup, novelty, language, pii and diversity; each is also measured alone, in a process of its own. Prints
one table of ratios; exits 1 when the cost of a row grows by more than 2 x from 10,000 rows to the last.
The default texts (13,516 utterances) are few; give a file with more (.txt or .jsonl, also .gz).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from texts import DEFAULT_TEXTS, print_table, read_texts

from datagen_core.building import built_part
from datagen_core.inputs import Inputs
from datagen_core.llm.site import CallSite
from datagen_core.plugins.host import installed
from datagen_core.plugins.spec import COST_CLASSES
from datagen_core.quality import Quality
from datagen_core.recipe import Use, from_source
from datagen_core.sample import Sample
from datagen_core.yaml_source import Located

STACK: dict[str, dict[str, Any]] = {
    "rules": {"min_words": 1, "max_chars": 2000, "max_repetition_rate": 0.8},
    "schema": {"json_schema": {"type": "string", "maxLength": 5000}},
    "dedup": {},
    "novelty": {"max_rouge_l": 0.9},
    "language": {},
    "pii": {},
    "diversity": {},
}
BATCH = 20
MARK = 10_000
MAX_GROWTH = 2.0


def quality_of(names: Sequence[str]) -> Quality:
    loaded = from_source(Located({"num_samples": 1}, {}, "bench"), Path.cwd())
    uses = [Use.model_validate({"use": name, "with": STACK[name]}) for name in names]
    built = [built_part(loaded, installed(), "validator", use, ("validators", 0), Inputs()) for use in uses]
    return Quality(sorted(built, key=lambda one: COST_CLASSES.index(one.offer.component.cost)))


async def passed(quality: Quality, texts: Sequence[str]) -> dict[str, float]:
    """CPU seconds at the mark and at the end, and how many rows were accepted."""
    accepted, at_mark = 0, 0.0
    began = time.process_time()
    site = CallSite(component="bench")
    for first in range(0, len(texts), BATCH):
        rows = [
            Sample(id=str(first + i), response=text) for i, text in enumerate(texts[first : first + BATCH])
        ]
        candidates, _ = await quality.look(rows, accepted, site)
        for candidate in candidates:
            if quality.settle(candidate):
                quality.admit(candidate, accepted)
                accepted += 1
        if first + BATCH == MARK:
            at_mark = time.process_time() - began
    return {"mark": at_mark, "end": time.process_time() - began, "accepted": accepted}


def alone(names: Sequence[str], file: Path, rows: int) -> dict[str, Any]:
    """What one process measures; without validators, what reading and the loop itself take."""
    texts = read_texts(file)[:rows]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = asyncio.run(passed(quality_of(names), texts))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**found, "rows": len(texts), "peak_kb": peak, "grown_kb": peak - before}


def in_a_process(names: Sequence[str], file: Path, rows: int) -> dict[str, Any]:
    command = [
        sys.executable,
        __file__,
        "--alone",
        ",".join(names),
        "--texts",
        str(file),
        "--rows",
        str(rows),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=Path, default=DEFAULT_TEXTS)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone is not None:
        names = [name for name in options.alone.split(",") if name]
        print(json.dumps(alone(names, options.texts, options.rows)))
        return 0
    found = {name: in_a_process([name], options.texts, options.rows) for name in STACK}
    found["all"] = in_a_process(list(STACK), options.texts, options.rows)
    slowest = max(found[name]["end"] for name in STACK)
    rows = []
    for name, one in found.items():
        per_row = one["end"] / one["rows"]
        growth = per_row / (one["mark"] / MARK) if one["mark"] else 1.0
        rows.append(
            [
                name,
                f"{one['rows'] / one['end']:,.0f}",
                f"{one['end'] / slowest:.2f}",
                f"{growth:.2f}",
                f"{one['peak_kb'] / 1024:.0f}",
                f"{1024 * one['grown_kb'] / one['rows']:,.0f}",
                f"{one['accepted'] / one['rows']:.1%}",
            ]
        )
    title = [
        "validator",
        "rows/s of CPU",
        "CPU / slowest alone",
        "cost of a row, end / 10k",
        "peak MiB",
        "B/row",
        "kept",
    ]
    print_table(title, rows)
    whole = found["all"]
    growth = whole["end"] / whole["rows"] / (whole["mark"] / MARK) if whole["mark"] else 1.0
    if growth > MAX_GROWTH:
        print(
            f"the cost of a row grew {growth:.2f} x from {MARK:,} to {whole['rows']:,} rows; the bar is {MAX_GROWTH} x"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
