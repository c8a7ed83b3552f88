from __future__ import annotations

import json
from pathlib import Path

from datagen_core.testing import RewardConformance

DEVELOPMENT = [
    ("repeat the album and turn the volume up", "music"),
    ("thunder over oslo right now", "weather"),
    ("lunch for seven near a window seat", "restaurant"),
    ("shuffle the next track", "music"),
    ("how humid is it tonight", "weather"),
    ("cancel our dinner at the sushi bar", "restaurant"),
]


class TestDevGain(RewardConformance):
    component = "dev-gain"
    reads_rows = True
    max_examples = 15

    def options_in(self, folder: Path) -> dict[str, object]:
        rows = [json.dumps({"text": text, "label": label}) + "\n" for text, label in DEVELOPMENT]
        (folder / "development.jsonl").write_text("".join(rows), encoding="utf-8")
        return {"development": str(folder / "development.jsonl")}
