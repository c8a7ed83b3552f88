"""What `datagen ingest` costs: pages per second, peak memory, and a second time what nothing changed costs.

    python bench/ingest.py [PATH …] [--pages 300]

PATH are folders of documents; by default those of the recipes, copied until there are enough pages. Of whole
ingests after LanceDB is imported, CPU time of all threads (pages/s are by the clock); memory is that of the process at
its highest. Bars: a second ingest of unchanged files (the fastest of 3) takes at most 5 % of the first; the highest
memory grows by at most 400 MB.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from datagen_plugin_rag.store.ingesting import Ingested, ingest
from texts import cpu_s, print_table

from datagen_core.documents import find_documents

DEFAULT = Path(__file__).resolve().parent.parent / "recipes" / "data" / "docs"
SECOND_BAR = 0.05
MEMORY_BAR_MB = 400


def pages(given: Sequence[Path], wanted: int, folder: Path) -> Path:
    """A folder with so many pages or a few more: copies of those given, an hour old.

    Files of the last two seconds would be told apart by their content, for their time may not show a next change.
    """
    found = find_documents(given)
    for copy in range(-(-wanted // len(found))):
        for at, path in enumerate(found):
            place = folder / str(copy) / f"{at}{path.suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)
            with place.open("ab") as stream:
                stream.write(
                    f"\n\nCopy {copy} of page {at}.\n".encode() if path.suffix in (".md", ".rst") else b""
                )
    for path in folder.rglob("*.*"):
        os.utime(path, times=(path.stat().st_atime, path.stat().st_mtime - 3600))
    return folder


def timed(folder: Path, into: Path) -> tuple[float, Ingested]:
    """CPU seconds of an ingest, and what it did."""
    return cpu_s(lambda: ingest([folder], into))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", type=Path, nargs="*", metavar="PATH")
    parser.add_argument("--pages", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        warm = pages([DEFAULT], 1, work / "warm")
        timed(warm, work / "warm-kb")
        before = _highest_mb()
        folder = pages(options.paths or [DEFAULT], options.pages, work / "pages")
        began = time.perf_counter()
        first, done = timed(folder, work / "kb")
        seconds = time.perf_counter() - began
        memory = _highest_mb() - before
        second, again = min((timed(folder, work / "kb") for _ in range(3)), key=lambda pair: pair[0])
        changed = max(folder.rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
        changed.write_bytes(changed.read_bytes() + b"\n\nOne more line.\n")
        third, after = timed(folder, work / "kb")
    assert (again.unchanged, after.changed) == (done.read, 1), "the measurement isn't what it says"
    print(
        f"{done.read:,} pages, {len(done.skipped)} skipped, {sum(done.chunks.values()):,} chunks, "
        f"{done.tokens:,} tokens: {done.read / seconds:,.0f} pages/s, {done.tokens / seconds:,.0f} tokens/s, "
        f"{memory:,.0f} MB more memory at its highest"
    )
    ways = {"first": first, "nothing changed": second, "the largest page changed": third}
    lines = [[name, f"{cpu / first:.4f}"] for name, cpu in ways.items()]
    print_table(["ingest", "CPU time, first = 1"], lines)
    missed = (
        [] if second <= SECOND_BAR * first else [f"a second ingest takes {second / first:.1%} of the first"]
    )
    missed += [] if memory <= MEMORY_BAR_MB else [f"{memory:,.0f} MB more memory"]
    print("\n".join(f"missed: {line}" for line in missed) or "all bars met")
    return 1 if missed else 0


def _highest_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform != "darwin" else 1024**2
    )


if __name__ == "__main__":
    sys.exit(main())
