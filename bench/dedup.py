"""Near-duplicates: the dedup validator and datasketch, CPU in one process, recall and precision against exact Jaccard.

    python bench/dedup.py [--texts FILE] [--pairs FILE] [--memory ROWS]

Needs `pip install datagen-core[bench]`. Prints one table of ratios; exits 1 when a bar is missed. Signing means: from
normalised texts to MinHash digests of their 5-character shingles, 128 permutations, for both. Pairs are those of 8,000
texts and 1,000 copies of some with one to three characters dropped; the gold similarity is counted on the shingles
themselves. `--pairs` takes a JSONL file of labelled edits: `text`, `cluster` and `kind` (`original` or an edit's name).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from datagen_plugin_dedup.config import DedupConfig
from datagen_plugin_dedup.dedup import Dedup
from datasketch import MinHash, MinHashLSH
from texts import DEFAULT_TEXTS, at_least, bytes_per_row, cpu_s, print_table, read_lines, read_texts, samples

from datagen_core import Inputs
from datagen_core.near_duplicates.minhash import digests
from datagen_core.near_duplicates.normalise import normalise
from datagen_core.near_duplicates.shingles import hash_shingles

CONFIG = DedupConfig()
THRESHOLD = 0.8
SIZE, PERMUTATIONS = CONFIG.shingle_chars, CONFIG.permutations
TEXTS, EDITED = 8_000, 1_000
SIGNING_BAR, RECALL_BAR, MAX_BYTES_PER_ROW = 10, 0.95, 1_000
ROUNDS = 3


def shingle_set(form: str) -> set[bytes]:
    return {form[i : i + SIZE].encode() for i in range(len(form) - SIZE + 1)}


def by_update(forms: Sequence[str]) -> list[MinHash]:
    """As datasketch's documentation shows it: one call per shingle."""
    signed = []
    for form in forms:
        minhash = MinHash(num_perm=PERMUTATIONS)
        for shingle in shingle_set(form):
            minhash.update(shingle)
        signed.append(minhash)
    return signed


def by_update_batch(forms: Sequence[str]) -> list[MinHash]:
    signed = []
    for form in forms:
        minhash = MinHash(num_perm=PERMUTATIONS)
        minhash.update_batch(list(shingle_set(form)))
        signed.append(minhash)
    return signed


def by_bulk(forms: Sequence[str]) -> list[MinHash]:
    return list(MinHash.bulk([shingle_set(form) for form in forms], num_perm=PERMUTATIONS))


def by_rensa(forms: Sequence[str]) -> object:
    return digests(*hash_shingles(forms, SIZE), PERMUTATIONS)


def signing(texts: Sequence[str], forms: Sequence[str]) -> tuple[list[list[object]], float]:
    """Lines of the table, and the ratio to datasketch's `update_batch`. All take turns, three rounds."""
    rows = samples(texts)
    validator = Dedup(CONFIG, Inputs())
    contenders: dict[str, Callable[[], object]] = {
        "hashed shingles + rensa": lambda: by_rensa(forms),
        "the whole sign(): also normalise, exact hash, bands, sketch": lambda: validator.sign(rows),
        "datasketch update": lambda: by_update(forms),
        "datasketch update_batch": lambda: by_update_batch(forms),
        "datasketch bulk": lambda: by_bulk(forms),
    }
    seconds: dict[str, float] = defaultdict(float)
    for _ in range(ROUNDS):
        for name, work in contenders.items():
            seconds[name] += cpu_s(work)[0]
    ours, whole = (seconds[name] for name in list(contenders)[:2])
    lines: list[list[object]] = [
        [name, f"x{seconds[name] / ours:.1f}", f"x{seconds[name] / whole:.1f}"] for name in contenders
    ]
    return lines, seconds["datasketch update_batch"] / ours


def gold_pairs(forms: Sequence[str]) -> dict[tuple[int, int], float]:
    """Pairs of different normalised texts with Jaccard >= 0.8, earlier first, by counting shared shingles."""
    holders: dict[bytes, list[int]] = defaultdict(list)
    sizes = np.array([len(shingle_set(form)) for form in forms])
    pairs = {}
    for i, form in enumerate(forms):
        own = shingle_set(form)
        seen = [np.array(holders[shingle], dtype=np.int64) for shingle in own if shingle in holders]
        if seen:
            shared = np.bincount(np.concatenate(seen), minlength=i)
            jaccard = shared / (sizes[:i] + len(own) - shared)
            for j in np.flatnonzero(5 * shared >= 4 * (sizes[:i] + len(own) - shared)).tolist():
                if forms[j] != form and own:
                    pairs[j, i] = float(jaccard[j])
        for shingle in own:
            holders[shingle].append(i)
    return pairs


def found_pairs(texts: Sequence[str]) -> tuple[set[tuple[int, int]], float, float]:
    """Pairs that the validator finds with all texts added, candidates per text, and CPU of judging and adding."""
    validator = Dedup(CONFIG, Inputs())
    signatures = validator.sign(samples(texts))
    pairs, candidates = set(), 0

    def stream() -> None:
        for i, signature in enumerate(signatures):
            validator.judge(signature)
            validator.add(signature, i)

    seconds, _ = cpu_s(stream)
    for i, signature in enumerate(signatures):
        assert signature is not None
        near = validator.candidates(signature, before=i)
        candidates += len(near)
        pairs |= {(c.sequence, i) for c in near if 5 * c.shared >= 4 * c.union}
    return pairs, candidates / len(texts), seconds


def datasketch_pairs(forms: Sequence[str]) -> tuple[set[tuple[int, int]], float, float]:
    """The same with datasketch's LSH at its own choice of bands and the estimated similarity."""
    signed = by_bulk(forms)
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    pairs: set[tuple[int, int]] = set()
    candidates = 0

    def stream() -> None:
        nonlocal candidates
        for i, minhash in enumerate(signed):
            near = lsh.query(minhash)
            candidates += len(near)
            pairs.update((j, i) for j in near if signed[j].jaccard(minhash) >= THRESHOLD)
            lsh.insert(i, minhash)

    seconds, _ = cpu_s(stream)
    return pairs, candidates / len(forms), seconds


def with_typos(texts: Sequence[str], count: int) -> list[str]:
    rng = random.Random(2)
    edited = []
    for text in rng.sample(list(texts), count):
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text))
            text = text[:at] + text[at + 1 :]
        edited.append(text)
    return edited


def labelled(path: Path) -> None:
    """Which edits of originals are rejected, by kind; originals come first, each against those before it."""
    rows = [json.loads(line) for line in read_lines(path)]
    rows.sort(key=lambda row: row["kind"] != "original")
    validator = Dedup(CONFIG, Inputs())
    clusters: list[int] = []
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    for row, signature in zip(rows, validator.sign(samples([row["text"] for row in rows])), strict=True):
        verdict = validator.judge(signature)
        kind = row["kind"]
        verdicts[kind][verdict.reason or "passed"] += 1
        if not verdict.passed and clusters[int(str(verdict.evidence).split()[1])] != row["cluster"]:
            verdicts[kind]["by another text"] += 1
        if kind == "original":
            validator.add(signature, len(clusters))
            clusters.append(row["cluster"])
    columns = ["exact_duplicate", "near_duplicate", "passed", "by another text"]
    print_table(
        ["kind of edit", "rows", *columns],
        [
            [kind, sum(n[c] for c in columns[:3]), *(n[c] for c in columns)]
            for kind, n in sorted(verdicts.items())
        ],
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--texts", type=Path, default=DEFAULT_TEXTS, help="real texts, one a line or in JSONL"
    )
    parser.add_argument("--pairs", type=Path, help="labelled edits in JSONL: text, cluster, kind")
    parser.add_argument(
        "--memory", type=int, metavar="ROWS", help="measure memory with so many rows, nothing else"
    )
    options = parser.parse_args()
    real = read_texts(options.texts)
    if options.memory:
        grown, highest = bytes_per_row(Dedup(CONFIG, Inputs()), at_least(real, options.memory))
        print(f"dedup: {options.memory:,} accepted rows, {grown:,.0f} bytes per row (highest {highest:,.0f})")
        return 0 if grown <= MAX_BYTES_PER_ROW else 1
    texts = real[:TEXTS] + with_typos(real[:TEXTS], EDITED)
    forms = [normalise(text) for text in texts]
    lines, ratio = signing(texts, forms)
    print(f"{options.texts.name}: {len(texts):,} texts")
    print_table(["signing, CPU", "to hashed shingles + rensa = 1", "to sign() = 1"], lines)
    gold = gold_pairs(forms)
    print(
        f"\n{len(gold):,} pairs with Jaccard >= {THRESHOLD}, {sum(j < 0.85 for j in gold.values()):,} of them < 0.85"
    )
    pairs, candidates, seconds = found_pairs(texts)
    theirs, their_candidates, their_seconds = datasketch_pairs(forms)
    pairs, theirs = ({(i, j) for i, j in found if forms[i] != forms[j]} for found in (pairs, theirs))
    recall = len(pairs & gold.keys()) / len(gold)
    print_table(
        ["found", "recall", "precision", "candidates per text", "query + insert, CPU"],
        [
            [
                "dedup",
                f"{recall:.4f}",
                f"{len(pairs & gold.keys()) / len(pairs):.4f}",
                f"{candidates:.2f}",
                "x1.0",
            ],
            [
                "datasketch MinHashLSH, estimate >= 0.8",
                f"{len(theirs & gold.keys()) / len(gold):.4f}",
                f"{len(theirs & gold.keys()) / len(theirs):.4f}",
                f"{their_candidates:.2f}",
                f"x{their_seconds / seconds:.1f}",
            ],
        ],
    )
    if options.pairs:
        print()
        labelled(options.pairs)
    met = ratio >= SIGNING_BAR and recall >= RECALL_BAR
    print(
        f"\nsigning x{ratio:.1f} of datasketch update_batch (bar x{SIGNING_BAR}), "
        f"recall {recall:.3f} (bar {RECALL_BAR})"
    )
    print("all bars met" if met else "a bar was missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
