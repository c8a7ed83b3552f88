"""What the benchmarks of the pool validators share: real texts, CPU time, memory per accepted row, a table."""

from __future__ import annotations

import gc
import gzip
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from datagen_core import PoolValidator, Sample

DEFAULT_TEXTS = Path(__file__).resolve().parent.parent / "recipes" / "data" / "snips7" / "train.jsonl.gz"

T = TypeVar("T")


def read_lines(path: Path) -> list[str]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return text.removesuffix("\n").split("\n")


def read_texts(path: Path) -> list[str]:
    """The distinct texts of a .txt (one a line) or .jsonl (column `text`) file, gzipped or not, in a fixed shuffle."""
    lines = read_lines(path)
    if ".jsonl" in path.name:
        lines = [json.loads(line)["text"] for line in lines]
    texts = sorted(set(lines))
    random.Random(0).shuffle(texts)
    return texts


def cpu_s(work: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of all threads of the process, and what the work returned."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def samples(texts: Sequence[str]) -> list[Sample]:
    return [Sample(id=str(i), response=text) for i, text in enumerate(texts)]


def at_least(texts: Sequence[str], wanted: int) -> list[str]:
    """So many distinct texts: the real ones, then two or more of them joined."""
    rows, step = list(texts), 0
    while len(rows) < wanted:
        step += 7
        rows += [" ".join(pair) for pair in zip(rows, rows[step:], strict=False)][: wanted - len(rows)]
    return rows[:wanted]


def bytes_per_row(validator: PoolValidator[Any], texts: Sequence[str]) -> tuple[float, float]:
    """Growth of the resident memory per row added, after the last row and at its highest."""
    before = highest = _resident()
    for first in range(0, len(texts), 500):
        signed = validator.sign(samples(texts[first : first + 500]))
        for sequence, signature in enumerate(signed, start=first):
            validator.add(signature, sequence)
        highest = max(highest, _resident())
    gc.collect()
    return (_resident() - before) / len(texts), (highest - before) / len(texts)


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for i, row in enumerate(cells):
        line = " | ".join(
            cell.ljust(width) if j == 0 else cell.rjust(width)
            for j, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print(f"| {line} |")
        if i == 0:
            print(
                "|"
                + "|".join("-" * (width + 1) + ("-" if j == 0 else ":") for j, width in enumerate(widths))
                + "|"
            )


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
