from __future__ import annotations

import json
from pathlib import Path

from datagen_core.testing import EvaluatorConformance

TEST = [
    ("play something by abba", "music"),
    ("will it snow in bergen", "weather"),
    ("a table for two please", "restaurant"),
    ("start the jazz playlist", "music"),
    ("how cold is it in oslo", "weather"),
    ("find us a thai restaurant", "restaurant"),
]


class TestProbe(EvaluatorConformance):
    component = "probe"

    def options_in(self, folder: Path) -> dict[str, object]:
        rows = [json.dumps({"text": text, "label": label}) + "\n" for text, label in TEST]
        (folder / "test.jsonl").write_text("".join(rows), encoding="utf-8")
        return {"test": str(folder / "test.jsonl")}
