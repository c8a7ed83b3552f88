"""The responses alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from datagen_core.config import Config
from datagen_core.exporter import Exporter
from datagen_core.sample import Sample


class PlainText(Exporter[Config]):
    """One response per line; line breaks inside a response become spaces."""

    suffix = ".txt"

    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """See `Exporter.export`."""
        count = 0
        with file.open("w", encoding="utf-8", newline="\n", errors="backslashreplace") as out:
            for sample in samples:
                out.write(" ".join(sample.response.splitlines()) + "\n")
                count += 1
        return count
