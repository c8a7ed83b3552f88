"""The interface of exporters: accepted rows to a file that something else reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from datagen_core.config import Config
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Sample

ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a row fits a format.

    Attributes:
        refusal: Why it can't be written; None where it can.
        lost: What of it the format has no place for, in the same words for all such rows: `the system message`.
    """

    refusal: Refusal | None = None
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What a reader of the format would stumble over. `line` is None where it isn't one line's fault."""

    what: str
    line: int | None = None


class Exporter(ABC, Generic[ConfigT]):
    """Writes samples. The file it is given is temporary; the core puts it in place once it is complete."""

    suffix: ClassVar[str] = ""
    """The usual ending of its files, with the dot."""

    def __init__(self, config: ConfigT) -> None:
        self.config = config

    @abstractmethod
    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """Writes all samples, streaming, and returns how many. UTF-8 where it is text, `\\n` line ends.

        Raises UsageError for a row that it can't write.
        """

    def for_rows(self, first: Sample) -> Self:
        """The exporter for rows like this first one, where options leave open which form they take."""
        return self

    def fit(self, sample: Sample) -> Fit:
        """Whether `export` can write a row, and what of it would be missing from the file."""
        return Fit()

    def companions(self, file: Path) -> Mapping[str, str | Mapping[str, Any]]:
        """Files that must lie beside `file`: name → text, or the keys to set in a JSON object that may be there."""
        return EMPTY

    def notices(self) -> Sequence[str]:
        """What the user should know of the rows just written, one sentence each: an option that none of them needed."""
        return ()

    def check(self, file: Path) -> Iterable[Problem] | None:
        """What the reader of the format would stumble over in a file, whoever wrote it; None: there are no rules."""
        return None
