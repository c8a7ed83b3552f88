"""How fast the retriever answers among 20,000 passages, as ratios to rank-bm25 alone; CPU time.

    python bench/retrieval.py [--passages 20000] [--texts FOLDER]

Passages are six sentences each, drawn from the documents of the recipes (or of FOLDER); queries are halves of
sentences. Each way is asked one query at a time and 64 at once. Bars: hybrid (BM25 and hashed vectors, fused), 64 at
once, at least 10 times as fast as rank-bm25 alone; bm25s finds the same first ten.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from datagen_plugin_rag.config import HybridConfig
from datagen_plugin_rag.searching.hybrid import Hybrid
from texts import cpu_s, print_table

from datagen_core.documents import find_documents, load_document
from datagen_core.inputs import Inputs, Seed
from datagen_core.sentences import sentences

DEFAULT = Path(__file__).resolve().parent.parent / "recipes" / "data" / "docs"
BAR = 10.0
BATCH, QUERIES, SLOW_QUERIES, K = 64, 192, 12, 10
WAYS: dict[str, dict[str, str]] = {
    "rank-bm25": {"mode": "bm25", "bm25": "rank-bm25"},
    "bm25s": {"mode": "bm25", "bm25": "bm25s"},
    "vectors": {"mode": "vectors"},
    "hybrid": {"mode": "hybrid", "bm25": "bm25s"},
}


def drawn(folder: Path, passages: int) -> tuple[list[str], list[str]]:
    """Passages and queries."""
    rng = random.Random(0)
    found = []
    for path in find_documents([folder]):
        document = load_document(path)
        for block in document.blocks:
            text = document.text[block.start : block.end]
            found += [" ".join(text[start:end].split()) for start, end in sentences(text)]
    long = [text for text in found if 30 <= len(text) <= 300]
    queries = [" ".join(text.split()[: max(4, len(text.split()) // 2)]) for text in rng.sample(long, QUERIES)]
    return [" ".join(rng.sample(long, 6)) for _ in range(passages)], queries


def asked(part: Hybrid, queries: Sequence[str], at_once: int) -> tuple[float, list[list[str]]]:
    """CPU seconds a query, and the ids found."""

    def work() -> list[list[str]]:
        out = []
        for first in range(0, len(queries), at_once):
            out += [
                [hit.chunk.id for hit in hits] for hits in part.search(queries[first : first + at_once], K)
            ]
        return out

    seconds, found = cpu_s(work)
    return seconds / len(queries), found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--texts", type=Path, default=DEFAULT, help="a folder of documents")
    options = parser.parse_args()
    texts, queries = drawn(options.texts, options.passages)
    chunks = tuple(Seed(id=str(i), text=text) for i, text in enumerate(texts))
    inputs = Inputs(chunks=chunks)
    print(
        f"{len(chunks):,} passages of {sum(map(len, texts)) / len(texts):,.0f} characters from {options.texts.name}"
    )
    lines, ratio, first = [], {}, {}
    base = base_build = 0.0
    for name, given in WAYS.items():
        part = Hybrid(HybridConfig.model_validate(given), inputs)
        build, _ = cpu_s(lambda part=part: part.search(["once"], 1))  # type: ignore[misc]
        few = queries[:SLOW_QUERIES] if name == "rank-bm25" else queries
        one, found = asked(part, few, 1)
        many, _ = asked(part, few, BATCH)
        base, base_build = base or one, base_build or build
        ratio[name], first[name] = base / many, found[:SLOW_QUERIES]
        lines.append([name, f"x{base / one:,.1f}", f"x{base / many:,.1f}", f"x{build / base_build:.1f}"])
    print_table(["queries/s, rank-bm25 = 1", "one at a time", f"{BATCH} at once", "CPU to build"], lines)
    print(f"rank-bm25: {1 / base:,.0f} queries/s")
    same = first["rank-bm25"] == first["bm25s"]
    missed = [] if ratio["hybrid"] >= BAR else [f"hybrid x{ratio['hybrid']:.1f}, bar x{BAR:.0f}"]
    missed += [] if same else ["bm25s and rank-bm25 find other passages"]
    print("\n".join(f"missed: {line}" for line in missed) or f"all bars met (hybrid at least x{BAR:.0f})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
