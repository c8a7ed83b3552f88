"""What the loop and the store cost, as ratios in one run, and memory at 200,000 rows.

    python bench/pipeline.py [--rows 10000] [--memory-rows 200000]

loop: a whole run (templater, rules, schema, dedup, novelty; routing, store, lineage, reward) against the same
generator and validators called bare, in CPU seconds. Bar: at most 2.
store: `RunStore.committed` against a plain `executemany` of the very same table rows into the same schema through
the driver. Bar: at most 3.
memory: resident memory in a process of its own: without pool validators at most 250 MB and flat over the second
half; with them at most 2 kB growth per accepted row.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from datagen_core.generator import Cell, GenerateRequest, Origin
from datagen_core.inputs import Inputs
from datagen_core.job import Job
from datagen_core.pipeline import Pipeline
from datagen_core.quality import Quality
from datagen_core.resolve import resolve
from datagen_core.runs import load
from datagen_core.sample import Sample
from datagen_core.store import run_store
from datagen_core.store.run_store import RunStore, StoredRow

BATCH = 100
WORDS = [a + b + c for a in "bdfglmnprst" for b in "aeiou" for c in ("n", "rt", "lo", "mi", "sk", "ta", "ve")]


def recipe(rows: int, *, pool: bool) -> dict:
    words = " ".join("<word>" for _ in range(10))
    validators = [
        {"use": "rules", "with": {"min_chars": 10, "max_chars": 2000, "min_words": 3}},
        {"use": "schema"},
    ]
    if pool:
        validators += [{"use": "dedup"}, {"use": "novelty", "with": {"max_rouge_l": 0.8}}]
    return {
        "name": "bench",
        "num_samples": rows,
        "batch_size": BATCH,
        "grammar": {
            "start": "row",
            "words": {"word": WORDS},
            "rules": {
                "row": [f'{{"text": "{words}", "kind": "<kind>"}}'],
                "kind": ["question", "statement", "order"],
            },
        },
        "arms": ["templater"],
        "validators": validators,
    }


def run_whole(job: Job, folder: Path) -> float:
    store = RunStore(folder / "run.db")
    gc.collect()
    start = time.process_time()
    ending = asyncio.run(Pipeline(job, store).run())
    spent = time.process_time() - start
    store.close()
    assert ending.status == "complete", ending
    return spent


def run_bare(job: Job) -> float:
    """The same generator and validators on batches of the same size, until as many rows pass; nothing else."""
    generator = job.arms[0].links[0].part
    quality = Quality(job.validators)
    row_parts = [part for _, part in quality._cheap]
    pool_parts = [part for _, part in quality._pool]
    target = job.loaded.recipe.num_samples

    async def work() -> None:
        accepted, batch = 0, 0
        while accepted < target:
            request = GenerateRequest(
                n=BATCH,
                cells=(Cell(None, BATCH),),
                context=job.context,
                origin=Origin(job.fingerprint, 0, batch, 0, "templater", "0", "templater"),
                rng=random.Random(f"{job.fingerprint}|batch|{batch}|0"),
            )
            made = [row async for row in generator.generate(request) if isinstance(row, Sample)]
            passed = [True] * len(made)
            for part in row_parts:
                verdicts = part.validate(made)
                passed = [p and v.passed for p, v in zip(passed, verdicts, strict=True)]
            alive = [row for row, p in zip(made, passed, strict=True) if p]
            signatures = [part.sign(alive) for part in pool_parts]
            for signed in zip(*signatures, strict=True) if signatures else ((),) * len(alive):
                if all(part.judge(s).passed for part, s in zip(pool_parts, signed, strict=True)):
                    for part, s in zip(pool_parts, signed, strict=True):
                        part.add(s, accepted)
                    accepted += 1
            batch += 1

    gc.collect()
    start = time.process_time()
    asyncio.run(work())
    return time.process_time() - start


def store_ratio(job: Job, folder: Path) -> tuple[float, float]:
    """CPU seconds of storing the run's rows through RunStore, and of a plain executemany of the same rows."""
    source = RunStore(folder / "run.db")
    batches: list[list[StoredRow]] = []
    for row in source.batch_rows():
        rows = []
        for status in ("accepted", "rejected", "surplus"):
            for record in source.records(status, batch=row["idx"]):
                found = source.find(record["id"])
                rows.append(_stored(found))
        batches.append(rows)
    source.close()
    with tempfile.TemporaryDirectory() as other:
        store = RunStore(Path(other) / "a.db")
        captured: list[tuple[str, list[dict]]] = []
        started = time.process_time()
        for index, rows in enumerate(batches):
            store.decided(_decision(index), {})
            store.committed(index, rows, {"commit_order": index}, {}, Inputs())
        ours = time.process_time() - started
        store.close()
        for rows in batches:
            samples = [run_store._sample_row(0, 0, row) for row in rows]
            verdicts = [run_store._verdict_row(0, v) for row in rows for v in row.verdicts]
            captured += [("samples", samples), ("verdicts", verdicts)]
        plain = _plain(captured, Path(other))
    return ours, plain


def _plain(captured: list[tuple[str, list[dict]]], folder: Path) -> float:
    RunStore(folder / "b.db").close()
    connection = sqlite3.connect(folder / "b.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    pk = 0
    for table, rows in captured:
        for row in rows:
            if table == "samples":
                pk += 1
                row["pk"] = pk
            else:
                row["sample_pk"] = 1
    tuples = [
        (table, [tuple(row.values()) for row in rows], list(rows[0])) for table, rows in captured if rows
    ]
    started = time.process_time()
    for table, values, names in tuples:
        connection.execute("BEGIN IMMEDIATE")
        marks = ", ".join("?" for _ in names)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
        connection.execute("COMMIT")
    spent = time.process_time() - started
    connection.close()
    return spent


def _stored(found: dict) -> StoredRow:
    from datagen_core.sample import Verdict

    return StoredRow(
        sample=Sample.from_json(found["record"]),
        status=found["status"],
        verdicts=tuple(Verdict(**v) for v in found["verdicts"]),
        validator=found["validator"],
        reason=found["reason"],
        content_hash=found["content_hash"],
        quality=found["quality"],
        sequence=found["sequence"],
    )


def _decision(index: int) -> dict:
    return {
        "idx": index,
        "decision_id": f"d{index}",
        "arm": "templater",
        "n": BATCH,
        "cells": "[]",
        "offered": "[]",
        "propensity": 1.0,
        "reason": "",
        "base": 0,
    }


def memory_child(rows: int, pool: bool) -> None:
    """Runs a job and prints resident memory (MB) at half and at the end."""
    job = resolve(load(recipe(rows, pool=pool)))
    marks: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "run.db")

        def observe(progress) -> None:
            if (not marks and progress.accepted >= rows // 2) or progress.accepted >= rows:
                marks.append(_resident_mb())

        asyncio.run(Pipeline(job, store, observe).run())
    print(json.dumps({"half": marks[0], "end": marks[-1]}))


def _resident_mb() -> float:
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def memory(rows: int, pool: bool) -> dict[str, float]:
    arguments = [sys.executable, __file__, "--child", "pool" if pool else "plain", "--memory-rows", str(rows)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--memory-rows", type=int, default=200_000)
    parser.add_argument("--child", choices=["plain", "pool"])
    options = parser.parse_args()
    if options.child:
        memory_child(options.memory_rows, options.child == "pool")
        return 0
    results: list[tuple[str, float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_bare(resolve(load(recipe(options.rows // 10, pool=True))))  # warm-up
        whole = run_whole(resolve(load(recipe(options.rows, pool=True))), folder)
        job = resolve(load(recipe(options.rows, pool=True)))
        bare = run_bare(job)
        results.append(("loop / bare generator and validators (CPU)", whole / bare, 2.0))
        ours, plain = store_ratio(job, folder)
        results.append(("store / plain executemany (CPU)", ours / plain, 3.0))
    plain_memory = memory(options.memory_rows, pool=False)
    pool_memory = memory(options.memory_rows, pool=True)
    half = options.memory_rows / 2
    results.append(
        (f"RSS at {options.memory_rows:,} rows, no pool validators (MB)", plain_memory["end"], 250.0)
    )
    growth = (plain_memory["end"] - plain_memory["half"]) * 1e3 / half
    results.append(("  its growth over the second half (kB per row)", growth, 0.1))
    growth = (pool_memory["end"] - pool_memory["half"]) * 1e3 / half
    results.append(("growth with dedup and novelty (kB per accepted row)", growth, 2.0))
    print(f"{'':60} {'measured':>9} {'bar':>6}")
    for title, value, bar in results:
        print(f"{title:60} {value:9.2f} {bar:6.2f} {'' if value <= bar else '  MISSED'}")
    return int(any(value > bar for _, value, bar in results))


if __name__ == "__main__":
    sys.exit(main())
