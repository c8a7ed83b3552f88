"""The interface of retrievers: a question in, the passages that bear on it out, best first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from datagen_core.config import Config
from datagen_core.inputs import Inputs, Seed
from datagen_core.nothing import EMPTY

ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that was found.

    Attributes:
        chunk: The passage, as components know it (see `datagen_core.documents.chunks`).
        score: Greater is better; the scale is the retriever's own.
        places: Ranker → the place that it gave the passage, from 1; of rankers that found it.
    """

    chunk: Seed
    score: float
    places: Mapping[str, int] = EMPTY


class Retriever(ABC, Generic[ConfigT]):
    """Finds passages. Built once per run from its options and the run's inputs; must pickle, opened files apart."""

    is_heavy: ClassVar[bool] = False
    """Whether a search takes so long that others shouldn't wait for it."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError where they don't fit."""
        self.config = config
        self.inputs = inputs

    @abstractmethod
    def search(
        self, queries: Sequence[str], k: int, where: Mapping[str, Any] = EMPTY
    ) -> Sequence[Sequence[Hit]]:
        """For each query up to k passages, best first, each once; none where nothing matches or k is 0.

        Args:
            where: Keep passages whose field (`document`, `kind`, `language` …) equals a value or is in a list of them.
        """

    def corpus(self) -> Sequence[Seed] | None:
        """The passages that it brings with it, in their order: arms then work on these. None: it searches the run's."""
        return None

    def digest(self) -> str:
        """A hash of what decides its answers beyond its options and the run's documents, such as a store's content."""
        return ""

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()
