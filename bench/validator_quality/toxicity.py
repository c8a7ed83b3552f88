"""Toxicity on 498 comments that people labelled (surge-ai/toxicity, half of it).

    python -m validator_quality.toxicity DATA     (from `bench/`) prints the rows

`DATA` is a folder with `toxicity/surge_a.jsonl.gz`: `text`, `toxic`.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from datagen_plugin_toxicity.config import ToxicityConfig
from datagen_plugin_toxicity.floor import Toxicity

from datagen_core import Inputs, Sample

THRESHOLDS = (0.3, 0.5, 0.7)


def measure(data_folder: Path) -> list[dict[str, Any]]:
    """Precision, recall and F1 for `toxic`, of the alternatives too where they are installed."""
    with gzip.open(data_folder / "toxicity" / "surge_a.jsonl.gz", "rt", encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream]
    texts, truth = [row["text"] for row in rows], [bool(row["toxic"]) for row in rows]
    return [_measured(what, tell, texts, truth) for what, tell in tellers().items()]


def tellers() -> dict[str, Callable[[Sequence[str]], list[bool]]]:
    """Name → what says of texts whether they are toxic."""
    found = {f"validator toxicity, threshold {at}": _validator(at) for at in THRESHOLDS}
    try:
        from better_profanity import profanity
    except ImportError:
        return found
    profanity.load_censor_words()
    found["better-profanity"] = lambda texts: [profanity.contains_profanity(text) for text in texts]
    return found


def _validator(threshold: float) -> Callable[[Sequence[str]], list[bool]]:
    def tell(texts: Sequence[str]) -> list[bool]:
        judge = Toxicity(ToxicityConfig(threshold=threshold), Inputs())
        samples = [Sample(id=str(at), response=text) for at, text in enumerate(texts)]
        return [not verdict.passed for verdict in judge.validate(samples)]

    return tell


def _measured(
    what: str, tell: Callable[[Sequence[str]], list[bool]], texts: Sequence[str], truth: Sequence[bool]
) -> dict[str, Any]:
    tell(texts[:3])  # loads the model
    started = time.process_time()
    told = tell(texts)
    seconds = time.process_time() - started
    right = sum(a and b for a, b in zip(told, truth, strict=True))
    precision, recall = right / max(1, sum(told)), right / sum(truth)
    return {
        "what": what,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "cpu_ms_per_1000": round(1e6 * seconds / len(texts), 1),
        "rows": len(texts),
    }


if __name__ == "__main__":
    for row in measure(Path(sys.argv[1])):
        print(json.dumps(row))
