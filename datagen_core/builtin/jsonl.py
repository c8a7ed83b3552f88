"""JSON Lines: what trainers load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import Field

from datagen_core import json_lines
from datagen_core.columns import flat
from datagen_core.config import Config
from datagen_core.exporter import Exporter, Problem
from datagen_core.sample import Sample


class JsonlConfig(Config):
    """What each line holds."""

    full: bool = Field(False, description="the whole record with metadata and trace, not only its columns")


class Jsonl(Exporter[JsonlConfig]):
    """One object per line, UTF-8, `\\n` ends, nothing escaped that needn't be."""

    suffix = ".jsonl"

    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """See `Exporter.export`."""
        rows = (sample.to_json() if self.config.full else flat(sample) for sample in samples)
        return json_lines.write_lines(rows, file)

    def check(self, file: Path) -> Iterator[Problem]:
        """Lines that aren't JSON objects in UTF-8, and columns that change their type."""
        return json_lines.problems(file)
