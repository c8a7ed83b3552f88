"""Personal data: the pii plugin's own patterns and presidio's (without a model) on 678 synthetic texts with spans.

    python -m validator_quality.pii DATA     (from `bench/`) prints the rows

`DATA` is a folder with `pii/presidio_a.jsonl.gz` (half of presidio-research's set): `full_text`, `spans`. Recall is the
share of the spans of a type that a finding of that type touches; precision the share of such findings that touch such a
span. CPU is of one pass over all texts, the detectors taking turns, the best of several passes.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from datagen_plugin_pii.config import SearchConfig
from datagen_plugin_pii.detector import Detector

FILE = Path("pii") / "presidio_a.jsonl.gz"
TYPES: Mapping[str, str] = {
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CREDIT_CARD",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP",
    "US_SSN": "US_SSN",
    "EMAIL_ADDRESS": "EMAIL",
}
"""The set's types that have a pattern → ours. Those that it doesn't hold are left out of the rows."""
ROUNDS = 5


class Span(NamedTuple):
    kind: str
    start: int
    end: int

    def touches(self, other: Span) -> bool:
        return self.kind == other.kind and self.start < other.end and other.start < self.end


Search = Callable[[str], list[Span]]


def measure(data_folder: Path) -> list[dict[str, Any]]:
    """One row per detector and type: what, recall, precision, false_alarm_texts, cpu_ms_per_1000 (all types), rows."""
    texts, gold = _read(data_folder / FILE)
    searches = _searches()
    found = {
        name: [search(text) for text in texts] for name, search in searches.items()
    }  # and what is lazy is there
    cpu_s = dict.fromkeys(searches, float("inf"))
    for _ in range(ROUNDS):
        for name, search in searches.items():
            start = time.process_time()
            for text in texts:
                search(text)
            cpu_s[name] = min(cpu_s[name], time.process_time() - start)
    kinds = [kind for kind in TYPES.values() if any(span.kind == kind for spans in gold for span in spans)]
    return [
        {
            "what": f"{kind}, {name}",
            **_quality(kind, gold, found[name]),
            "cpu_ms_per_1000": round(cpu_s[name] * 1e6 / len(texts), 1),
            "rows": len(texts),
        }
        for kind in kinds
        for name in searches
    ]


def _searches() -> dict[str, Search]:
    options: dict[str, dict[str, Any]] = {"own": {}, "own, phones possible": {"phone_leniency": "possible"}}
    if find_spec("presidio_analyzer") is not None:
        options["presidio"] = {"detector": "presidio"}
    return {
        name: _search(Detector(SearchConfig.model_validate(given), ("en",)))
        for name, given in options.items()
    }


def _search(detector: Detector) -> Search:
    return lambda text: [Span(one.kind, one.start, one.end) for one in detector.find(text)]


def _quality(kind: str, gold: Sequence[list[Span]], found: Sequence[list[Span]]) -> dict[str, Any]:
    wanted = hits = told = right = false_alarm_texts = 0
    for spans, findings in zip(gold, found, strict=True):
        true = [span for span in spans if span.kind == kind]
        said = [one for one in findings if one.kind == kind]
        wanted, told = wanted + len(true), told + len(said)
        hits += sum(any(span.touches(one) for one in said) for span in true)
        right += sum(any(span.touches(one) for span in true) for one in said)
        false_alarm_texts += bool(said) and not true
    return {
        "recall": round(hits / wanted, 3),
        "precision": round(right / told, 3) if told else None,
        "false_alarm_texts": false_alarm_texts,
    }


def _read(path: Path) -> tuple[list[str], list[list[Span]]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    spans = [
        [
            Span(TYPES[span["entity_type"]], span["start_position"], span["end_position"])
            for span in row["spans"]
            if span["entity_type"] in TYPES
        ]
        for row in rows
    ]
    return [row["full_text"] for row in rows], spans


if __name__ == "__main__":
    for row in measure(Path(sys.argv[1])):
        print(json.dumps(row))
