"""The instructions that a new one must differ from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from datagen_core.rouge_index import RougeIndex
from datagen_core.words import words

MOST_SIMILAR = 10


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near an instruction is to the known ones by ROUGE-L F1: the nearest first, and the mean over all."""

    nearest: tuple[tuple[str, float], ...]
    mean: float

    def to_json(self) -> dict[str, object]:
        """The fields that the method records."""
        similar = [{"instruction": text, "rouge_l": f1} for text, f1 in self.nearest]
        return {"most_similar": similar, "avg_similarity": self.mean}


class Known:
    """Seeds and machine-made instructions, those of the batch at hand among them.

    ROUGE-L F1 without stemming, as rouge_score has it, but with the words of all scripts (see
    `datagen_core.words`): rouge_score finds two equal Chinese texts 0.0 alike.
    """

    def __init__(self, instructions: Iterable[str]) -> None:
        self._index = RougeIndex()
        self._texts: list[str] = []
        for text in instructions:
            self.add(text)

    def add(self, instruction: str) -> None:
        """Makes an instruction known."""
        self._index.add(words(instruction), sequence=len(self._texts))
        self._texts.append(instruction)

    def too_near(self, instruction: str, limit: float) -> tuple[str, float] | None:
        """The nearest known instruction and its F1, where that is above the limit; exactly the limit is not."""
        best = self._index.best(words(instruction))
        if best is None:
            return None
        f1 = Fraction(2 * best.common, best.total) if best.total else Fraction(1)
        return (self._texts[best.row], best.f1) if f1 > Fraction(str(limit)) else None

    def nearness(self, instruction: str) -> Nearness:
        """The 10 nearest, and the mean over all; those that share no word count 0."""
        found = self._index.most_similar(words(instruction), k=len(self._texts)) if self._texts else []
        nearest = tuple((self._texts[match.row], match.f1) for match in found[:MOST_SIMILAR])
        return Nearness(nearest, sum(match.f1 for match in found) / max(1, len(self._texts)))
