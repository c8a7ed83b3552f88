"""Duplicates: the dedup validator on 3,000 texts and edits of 500 of them, of nine kinds.

`DATA/dedup/near_duplicates_a.jsonl.gz` has `cluster`, `kind`, `text`. The originals are taken in first, then each edit
is judged against them at `near_jaccard: 0.7`. Recall is over the edits whose similarity to their original (Jaccard of
character 5-grams of the compared form, computed here by sets) is 0.7 or more, exact ones among them; precision is the
share of all rejections that name a text of the same cluster.
"""

from __future__ import annotations

import gzip
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from datagen_plugin_dedup.config import DedupConfig
from datagen_plugin_dedup.dedup import Dedup

from datagen_core import Inputs, Sample
from datagen_core.near_duplicates.normalise import normalise

FILE = Path("dedup") / "near_duplicates_a.jsonl.gz"
THRESHOLD = 0.7
MIN_RECALL, MIN_PRECISION = 0.95, 0.98


def measure(data_folder: Path) -> list[dict[str, Any]]:
    """One row for all edits at the threshold or above, and one for each kind of edit."""
    with gzip.open(data_folder / FILE, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    originals = [row for row in rows if row["kind"] == "original"]
    edits = [row for row in rows if row["kind"] != "original"]
    validator = Dedup(DedupConfig(near_jaccard=THRESHOLD), Inputs())
    began = time.process_time()
    for sequence, signature in enumerate(validator.sign([_sample(row) for row in originals])):
        validator.add(signature, sequence)
    verdicts = [validator.judge(signature) for signature in validator.sign([_sample(row) for row in edits])]
    cpu_ms = 1e6 * (time.process_time() - began) / len(rows)
    text_of = {row["cluster"]: row["text"] for row in originals}
    by_kind: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    for row, verdict in zip(edits, verdicts, strict=True):
        is_near = _jaccard(row["text"], text_of[row["cluster"]]) >= THRESHOLD
        is_right = not verdict.passed and _cluster(verdict.evidence, originals) == row["cluster"]
        by_kind[row["kind"]].append((is_near, not verdict.passed, is_right))
    everything = [one for found in by_kind.values() for one in found]
    out = [_row("edits with Jaccard >= 0.7", [one for one in everything if one[0]], everything, cpu_ms)]
    for kind, found in by_kind.items():
        out.append(_row(f"all edits of the kind {kind}", found, found, cpu_ms))
    return out


def _row(
    what: str, wanted: list[tuple[bool, bool, bool]], said: list[tuple[bool, bool, bool]], cpu_ms: float
) -> dict[str, Any]:
    flagged = [one for one in said if one[1]]
    recall = sum(one[2] for one in wanted) / len(wanted) if wanted else None
    precision = sum(one[2] for one in flagged) / len(flagged) if flagged else None
    return {
        "what": what,
        "precision": precision,
        "recall": recall,
        "cpu_ms_per_1000": cpu_ms,
        "rows": len(wanted),
    }


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(id=str(row["id"]), response=row["text"])


def _cluster(evidence: str | None, originals: list[dict[str, Any]]) -> Any:
    return originals[int((evidence or "row -1").removeprefix("row "))]["cluster"]


def _jaccard(one: str, other: str) -> float:
    first, second = _shingles(one), _shingles(other)
    if not first or not second:
        return 1.0 if normalise(one) == normalise(other) else 0.0
    return len(first & second) / len(first | second)


def _shingles(text: str) -> set[str]:
    plain = normalise(text)
    return {plain[at : at + 5] for at in range(len(plain) - 4)}
