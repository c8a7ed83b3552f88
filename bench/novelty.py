"""One new text against a pool: the novelty validator's index and rouge-score, CPU, in one process.

    python bench/novelty.py [--texts FILE] [--queries N] [--memory ROWS]

Needs `pip install datagen-core[bench]`. Prints one table of ratios; exits 1 when a bar is missed or a decision differs.
The default texts (13,516 utterances) fill a pool of 10,000 only; for 50,000 give a file with more (.txt or .jsonl, also
.gz). Only ASCII texts are used: rouge-score drops the letters of every other script.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from datagen_plugin_novelty.config import NoveltyConfig
from datagen_plugin_novelty.novelty import Novelty
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist
from rouge_score import rouge_scorer, tokenizers
from texts import DEFAULT_TEXTS, at_least, bytes_per_row, cpu_s, print_table, read_texts

from datagen_core import Inputs
from datagen_core.rouge_index import RougeIndex
from datagen_core.words import words

BARS = {10_000: 1_000, 50_000: 3_000}
MAX_BYTES_PER_ROW = 1_000
THRESHOLD = 0.7
CHECKED = 200
"""Further queries whose maximum and decision are compared with a full comparison."""

SCORER = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
TOKENIZER = tokenizers.DefaultTokenizer(use_stemmer=False)


def build(pool: Sequence[str]) -> RougeIndex:
    index = RougeIndex()
    for sequence, text in enumerate(pool):
        index.add(words(text), sequence)
    return index


def ours(index: RougeIndex, text: str) -> float:
    best = index.best(words(text))
    return best.f1 if best else 0.0


def rouge(pool: Sequence[str], text: str) -> float:
    """As Self-Instruct calls it."""
    return max(float(SCORER.score(text, other)["rougeL"].fmeasure) for other in pool)


def rouge_cached(pool_words: Sequence[list[str]], text: str) -> float:
    """The same with the pool's tokens kept, which rouge-score's interface doesn't offer."""
    own = TOKENIZER.tokenize(text)
    return max(float(rouge_scorer._score_lcs(own, other).fmeasure) for other in pool_words)


def differs(f1: float, other: float) -> bool:
    """Another maximum or decision. That rouge-score's floats put exactly 0.7 at 0.7 or just above is no difference."""
    return abs(f1 - other) > 1e-9 or (f1 > THRESHOLD) != (other > THRESHOLD + 1e-12)


def measure(pool: list[str], queries: list[str], extra: list[str]) -> tuple[list[object], float, int]:
    """A line of the table, the smaller ratio, and the number of queries on which somebody disagrees."""
    build_s, index = cpu_s(lambda: build(pool))
    pool_words = [TOKENIZER.tokenize(text) for text in pool]
    ours_s = rouge_s = cached_s = 0.0
    disagreements = over = 0
    for i, query in enumerate(queries):
        plain, f1_plain = cpu_s(lambda text=query: rouge(pool, text))  # type: ignore[misc]
        cached, f1_cached = cpu_s(lambda text=query: rouge_cached(pool_words, text))  # type: ignore[misc]
        rouge_s, cached_s = rouge_s + plain, cached_s + cached
        own = 0.0
        for _ in range(10):
            for other in extra[
                20 * i : 20 * i + 20
            ]:  # other texts between, so that the timed one isn't in the cache
                ours(index, other)
            seconds, f1 = cpu_s(lambda text=query: ours(index, text))  # type: ignore[misc]
            own += seconds / 10
        ours_s += own
        over += f1 > THRESHOLD
        disagreements += differs(f1, f1_plain) or differs(f1, f1_cached)
    wrong, more_over, exactly = check(index, pool_words, pool, extra)
    line = [
        f"{len(pool):,}",
        f"x{rouge_s / ours_s:,.0f}",
        f"x{cached_s / ours_s:,.0f}",
        f"{1e6 * ours_s / len(queries):,.0f} us",
        f"{build_s * len(queries) / rouge_s:.2f}",
        f"{disagreements + wrong} of {len(queries) + len(extra)}",
        over + more_over,
        exactly,
    ]
    return line, min(rouge_s, cached_s) / ours_s, disagreements + wrong


def check(
    index: RougeIndex, pool_words: Sequence[list[str]], pool: Sequence[str], queries: Sequence[str]
) -> tuple[int, int, int]:
    """Compares with rapidfuzz over the whole pool, and with rouge-score on the pair that was found.

    Returns how many differ, how many are over the threshold and how many exactly at it.
    """
    codes: dict[str, str] = {}

    def encode(tokens: list[str]) -> str:
        return "".join(codes.setdefault(token, chr(0x100 + len(codes))) for token in tokens)

    encoded = [encode(tokens) for tokens in pool_words]
    asked = [encode(TOKENIZER.tokenize(query)) for query in queries]
    wrong = over = exactly = 0
    for start in range(0, len(queries), 50):
        full = cdist(asked[start : start + 50], encoded, scorer=Indel.normalized_similarity, dtype=np.float64)
        for query, highest in zip(queries[start : start + 50], full.max(axis=1), strict=True):
            best = index.best(words(query))
            f1 = best.f1 if best else 0.0
            by_rouge = SCORER.score(query, pool[best.row])["rougeL"].fmeasure if best else 0.0
            wrong += differs(f1, float(highest)) or differs(f1, by_rouge)
            over += f1 > THRESHOLD
            exactly += f1 == THRESHOLD
    return wrong, over, exactly


def memory(texts: Sequence[str], rows: int) -> bool:
    validator = Novelty(NoveltyConfig(max_bag_of_words=0.9), Inputs())
    grown, highest = bytes_per_row(validator, at_least(texts, rows))
    print(
        f"novelty: {rows:,} accepted rows, {grown:,.0f} bytes of resident memory per row (highest {highest:,.0f})"
    )
    return grown <= MAX_BYTES_PER_ROW


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--texts", type=Path, default=DEFAULT_TEXTS, help="real texts, one a line or in JSONL"
    )
    parser.add_argument("--queries", type=int, default=3, help="queries put to rouge-score, which is slow")
    parser.add_argument(
        "--memory", type=int, metavar="ROWS", help="measure memory with so many rows, nothing else"
    )
    options = parser.parse_args()
    found = read_texts(options.texts)
    if options.memory:
        return 0 if memory(found, options.memory) else 1
    texts = [text for text in found if text.isascii()]
    print(f"{options.texts.name}: {len(texts):,} ASCII texts of {len(found):,}")
    queries, extra, rest = (
        texts[: options.queries],
        texts[options.queries :][:CHECKED],
        texts[options.queries + CHECKED :],
    )
    random.Random(1).shuffle(rest)
    lines, missed = [], []
    for size, bar in BARS.items():
        if size > len(rest):
            print(f"pool {size:,} left out: {len(rest):,} texts remain; give more with --texts")
            continue
        line, ratio, wrong = measure(rest[:size], queries, extra)
        lines.append([*line, f"x{bar:,}"])
        if ratio < bar or wrong:
            missed.append(f"pool {size:,}: x{ratio:,.0f} against a bar of x{bar:,}, {wrong} differences")
    head = [
        "pool",
        "rouge-score",
        "tokens cached",
        "one query",
        "build, in rouge-score queries",
        "differences",
        "over 0.7",
        "exactly 0.7",
    ]
    print_table([*head, "bar"], lines)
    print("\n".join(missed) or "all bars met (each against the faster of the two peers)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
