"""The small classifier that stands for whoever will train on the data, and its score on the test rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from datagen_core import Sample, Seed
from datagen_core.text_classifier import TextClassifier
from datagen_plugin_probe.metrics import macro_f1, wilson

Pair: TypeAlias = tuple[str, str]
"""A text and its class."""

_TERM = re.compile(r"\b\w\w+\b")  # what TF-IDF counts as a word
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A student's result: its training rows, and which test rows it got right."""

    rows: int
    hits: tuple[bool, ...]
    low: float
    high: float
    macro_f1: float

    @property
    def accuracy(self) -> float:
        """The share of test rows it got right."""
        return sum(self.hits) / len(self.hits)


class Student:
    """Trains a fresh TF-IDF + logistic regression on rows and scores it on the test rows, always the same ones."""

    def __init__(self, test: Sequence[Pair], c: float, confidence: float) -> None:
        self.texts = [text for text, _ in test]
        self.labels = [label for _, label in test]
        self.c = c
        self.confidence = confidence

    def score(self, rows: Sequence[Pair]) -> Score | None:
        """The score after training on `rows`, in their order; None where they hold nothing to learn from.

        That is: no rows, or several classes and not one word of two letters or more.
        """
        if not rows or not (_has_words(rows) or len({label for _, label in rows}) == 1):
            return None
        model = TextClassifier(self.c).fit([text for text, _ in rows], [label for _, label in rows])
        predicted = model.predict(self.texts)
        hits = tuple(a == b for a, b in zip(self.labels, predicted, strict=True))
        low, high = wilson(sum(hits), len(hits), self.confidence)
        return Score(rows=len(rows), hits=hits, low=low, high=high, macro_f1=macro_f1(self.labels, predicted))


def labelled(rows: Sequence[Seed] | Sequence[Sample]) -> list[Pair]:
    """The rows that have a class, as pairs, in order; a sample's text is its response."""
    return [
        (row.text if isinstance(row, Seed) else row.response, row.label)
        for row in rows
        if row.label is not None
    ]


def same_text(text: str) -> str:
    """A key that texts share when they differ only in case, spacing and punctuation."""
    return " ".join(_WORD.findall(text.casefold())) or text.strip()


def _has_words(rows: Sequence[Pair]) -> bool:
    return any(_TERM.search(text) for text, _ in rows)
