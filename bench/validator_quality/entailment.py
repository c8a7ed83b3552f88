"""Does a text follow from its source? MED's pairs, and TaTA's sentences about tables as people judged them.

    python -m validator_quality.entailment DATA [MODEL]     (from `bench/`) prints the rows

`DATA` is a folder with `nli/med_a.jsonl.gz` and `nli/tata_attribution_a.jsonl.gz`. Without a model only two baselines
are measured: everything follows, and the share of a text's words that its source has. With one (a folder, or a name on
the hub whose weights are here) the validator is measured as it stands, `pip install datagen-plugin-entailment[nli]`.
Half of the rows set the overlap's threshold (the best F1); all figures are of the other half.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from datagen_core import Inputs, Metadata, Sample
from datagen_core.words import words


class Pair(NamedTuple):
    """A source and a text, and whether that follows; pairs of one group are on the same side of the split."""

    source: str
    text: str
    follows: bool
    group: str


def measure(data_folder: Path, model: str | None = None) -> list[dict[str, Any]]:
    """Precision, recall and F1 of "it follows", by set."""
    out = []
    for name, pairs in (("MED", med(data_folder)), ("TaTA", tata(data_folder))):
        fit, held = [[pair for pair in pairs if side(pair) == which] for which in (0, 1)]
        out.append(row(f"{name}: all follow", held, [True] * len(held), 0.0))
        threshold = best_threshold(fit)
        began = time.process_time()
        said = [overlap(pair) >= threshold for pair in held]
        cpu_s = time.process_time() - began
        out.append(row(f"{name}: words that the source has >= {threshold:.2f}", held, said, cpu_s))
        if model is not None:
            out.append(row(f"{name}: entailment, {model}", held, *by_model(held, model)))
    return out


def med(folder: Path) -> list[Pair]:
    """Pairs of nearly the same words; entailment or not."""
    return [
        Pair(
            one["premise"],
            one["hypothesis"],
            one["label"] == "entailment",
            min(one["premise"], one["hypothesis"]),
        )
        for one in lines(folder / "nli/med_a.jsonl.gz")
    ]


def tata(folder: Path) -> list[Pair]:
    """Sentences in four languages about a table, those that could be judged: attributable to it or not."""
    return [
        Pair(one["source"], one["output"], one["attributable"] == 1, one["id"].split("-")[0])
        for one in lines(folder / "nli/tata_attribution_a.jsonl.gz")
        if one["attributable"] is not None
    ]


def lines(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def side(pair: Pair) -> int:
    return hashlib.blake2b(pair.group.encode(), digest_size=1).digest()[0] % 2


def overlap(pair: Pair) -> float:
    """The share of the text's words that its source has."""
    own, known = words(pair.text), set(words(pair.source))
    return sum(word in known for word in own) / max(1, len(own))


def best_threshold(pairs: Sequence[Pair]) -> float:
    shares = [overlap(pair) for pair in pairs]
    return max(
        sorted(set(shares)),
        key=lambda threshold: scores(pairs, [share >= threshold for share in shares])[2],
    )


def by_model(pairs: Sequence[Pair], model: str) -> tuple[list[bool], float]:
    """What the validator says, and the CPU seconds that it took after the model was loaded."""
    from datagen_plugin_entailment.config import EntailmentConfig
    from datagen_plugin_entailment.entailment import Entailment

    part = Entailment(EntailmentConfig(model=model, column="source"), Inputs())
    samples = [
        Sample(id=str(i), response=pair.text, metadata=Metadata(method={"source": pair.source}))
        for i, pair in enumerate(pairs)
    ]
    asyncio.run(part.validate([Sample(id="warm", response="a", metadata=samples[0].metadata)]))
    began = time.process_time()
    said = [verdict.passed for verdict in asyncio.run(part.validate(samples))]
    return said, time.process_time() - began


def scores(pairs: Sequence[Pair], said: Sequence[bool]) -> tuple[float, float, float]:
    """Precision, recall, F1."""
    right = sum(pair.follows and yes for pair, yes in zip(pairs, said, strict=True))
    precision = right / max(1, sum(said))
    recall = right / max(1, sum(pair.follows for pair in pairs))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def row(what: str, pairs: Sequence[Pair], said: Sequence[bool], cpu_s: float) -> dict[str, Any]:
    precision, recall, f1 = (round(value, 3) for value in scores(pairs, said))
    return {
        "what": what,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "cpu_ms_per_1000": round(1e6 * cpu_s / len(pairs), 1),
        "rows": len(pairs),
    }


if __name__ == "__main__":
    for found in measure(Path(sys.argv[1]), *sys.argv[2:3]):
        print(found)
