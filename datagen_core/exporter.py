"""The interface of exporters: accepted rows to a file that something else reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from datagen_core.config import Config
from datagen_core.sample import Sample

ConfigT = TypeVar("ConfigT", bound=Config)


class Exporter(ABC, Generic[ConfigT]):
    """Writes samples. The file it is given is temporary; the core puts it in place once it is complete."""

    suffix: ClassVar[str] = ""
    """The usual ending of its files, with the dot."""

    def __init__(self, config: ConfigT) -> None:
        self.config = config

    @abstractmethod
    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """Writes all samples, streaming, and returns how many. UTF-8 where it is text, `\\n` line ends."""
