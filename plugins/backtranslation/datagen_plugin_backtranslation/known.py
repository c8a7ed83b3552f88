"""Questions that were asked already, and whether a new one repeats one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from datagen_core.rouge_index import RougeIndex
from datagen_core.words import words


@dataclass(frozen=True, slots=True)
class Repeated:
    """The known question that a new one is too much like, and by how much (ROUGE-L F1)."""

    question: str
    rouge_l: float


class Known:
    """Questions asked before.

    Args:
        questions: Those to begin with.
        max_rouge_l: A question whose F1 with one of them is above is a repetition; so is one of the same words.
    """

    def __init__(self, questions: Iterable[str], max_rouge_l: float) -> None:
        self._index, self._questions = RougeIndex(), list[str]()
        self._limit = Fraction(str(max_rouge_l))
        for question in questions:
            self.add(question)

    def add(self, question: str) -> None:
        """Makes a question known."""
        self._index.add(words(question), sequence=len(self._questions))
        self._questions.append(question)

    def repeated(self, question: str) -> Repeated | None:
        """What a question repeats; None where it is new."""
        best = self._index.best(words(question))
        if best is None:
            return None
        f1 = Fraction(2 * best.common, best.total) if best.total else Fraction(1)
        is_new = f1 <= self._limit and f1 < 1
        return None if is_new else Repeated(self._questions[best.row], round(best.f1, 4))
