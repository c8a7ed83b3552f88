"""JSON Lines: what trainers load."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from datagen_core.columns import flat
from datagen_core.config import Config
from datagen_core.exporter import Exporter
from datagen_core.jsontext import dumps
from datagen_core.sample import Sample


class JsonlConfig(Config):
    """What each line holds."""

    full: bool = Field(False, description="the whole record with metadata and trace, not only its columns")


class Jsonl(Exporter[JsonlConfig]):
    """One object per line, UTF-8, `\\n` ends, nothing escaped that needn't be."""

    suffix = ".jsonl"

    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """See `Exporter.export`."""
        count = 0
        with file.open("w", encoding="utf-8", newline="\n") as out:
            for sample in samples:
                row = sample.to_json() if self.config.full else flat(sample)
                out.write(dumps(row) + "\n")
                count += 1
        return count
