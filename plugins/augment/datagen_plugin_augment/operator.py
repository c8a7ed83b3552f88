"""The interface of the modes: from a seed and a random generator to a changed text."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.nothing import EMPTY
from datagen_core.protected_spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A changed text.

    Attributes:
        text: The text, not yet checked.
        parents: The seeds it was made from; the first gives the label.
        expected: The protected spans that the text must still hold.
        details: What was changed, for the row's `metadata.method`.
    """

    text: str
    parents: tuple[Seed, ...]
    expected: tuple[Span, ...]
    details: Mapping[str, Any] = EMPTY


class Operator(ABC):
    """One way of changing seeds. Built once; holds no state between calls; pickles."""

    sources: tuple[Seed, ...]
    """The seeds that it can change, in file order."""

    @abstractmethod
    def edit(self, seed: Seed, rng: random.Random) -> Edit | None:
        """One random change of a seed out of `sources`; None where this draw changes nothing."""

    def notices(self) -> tuple[str, ...]:
        """What the user should know before the run."""
        return ()
