"""Complexity: a readability band, counted, and then a judge.

English is graded by the Flesch-Kincaid grade level (Kincaid, Fishburne, Rogers and Chissom 1975):
0.39 words per sentence + 11.8 syllables per word - 15.59. Other languages with spaces by LIX (Björnsson 1968): words
per sentence + the percentage of words of more than six letters. Scripts without spaces have no band: a judge alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from datagen_core.languages import base, scripts_of
from datagen_core.llm.label_scores import LabelScores
from datagen_plugin_controlled.config import Complexity
from datagen_plugin_controlled.constraints import Constraint, Finding
from datagen_plugin_controlled.judged import led
from datagen_plugin_controlled.sizes import count_sentences, words_of

LEVELS: tuple[Complexity, ...] = ("low", "medium", "high")
LONG_WORD = 6
WITHOUT_SPACES = frozenset({"HAN", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(
    r"(?:([^laeiouy]|[aeiouy]l)e|([^aeiouytdl]|[aeiouy]l)ed|([^aeiouyscxzghl]|[aeiouy]l|[^aeiouysc]h)es)$"
)
CLAUSES = {
    "low": "It is easy to read: short sentences and everyday words, as for a child of ten.",
    "medium": "It is of medium difficulty: as a newspaper would put it, neither childish nor learned.",
    "high": "It is demanding: long sentences with subordinate clauses and specialist words, as for experts.",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """A measure of difficulty.

    Attributes:
        name: As it is recorded.
        of: The grade of a text; None where it has no words.
        medium, high: Where these levels begin; each level holds its beginning and not its end.
        easiest: The lowest grade that so many words per sentence can have.
    """

    name: str
    of: Callable[[str], float | None]
    medium: float
    high: float
    easiest: Callable[[float], float]

    def level(self, grade: float) -> Complexity:
        """The band that a grade falls in."""
        return "low" if grade < self.medium else "medium" if grade < self.high else "high"

    def band(self, level: Complexity) -> str:
        """A band in words."""
        spans: Mapping[Complexity, str] = {
            "low": f"below {self.medium:g}",
            "medium": f"{self.medium:g} to below {self.high:g}",
            "high": f"{self.high:g} or more",
        }
        return spans[level]


def syllables(word: str) -> int:
    """Syllables of an English word in small letters, by groups of vowels without a silent e; at least one.

    Example:
        >>> [syllables(word) for word in ("make", "table", "wanted", "simplicity")]
        [1, 2, 2, 4]
    """
    return max(1, len(_VOWELS.findall(word)) - bool(_SILENT.search(word)))


def flesch_kincaid(text: str) -> float | None:
    """The grade level; None where there are no words."""
    found = words_of(text)
    if not found:
        return None
    per_sentence = len(found) / count_sentences(text)
    return 0.39 * per_sentence + 11.8 * sum(map(syllables, found)) / len(found) - 15.59


def lix(text: str) -> float | None:
    """The index; None where there are no words."""
    found = words_of(text)
    if not found:
        return None
    long = sum(len(word) > LONG_WORD for word in found)
    return len(found) / count_sentences(text) + 100 * long / len(found)


GRADE = Scale("flesch_kincaid_grade", flesch_kincaid, 7, 12, lambda n: 0.39 * n + 11.8 - 15.59)
"""Below 7: up to sixth grade; from 12 on: college."""

LIX = Scale("lix", lix, 40, 50, lambda n: n)
"""Below 40: easy; from 50 on: difficult."""


def scale_of(language: str) -> Scale | None:
    """What a language is graded by; None where its script has no spaces."""
    if base(language) == "en":
        return GRADE
    return None if scripts_of(language)[0] in WITHOUT_SPACES else LIX


class Readability(Constraint):
    """A level that both the band and a judge confirm."""

    name = "complexity"
    labels = LEVELS

    def __init__(self, wanted: Complexity, language: str) -> None:
        self.wanted: Complexity = wanted
        self._scale = scale_of(language)

    def clause(self) -> str:
        """In words."""
        return CLAUSES[self.wanted]

    def check(self, text: str) -> Finding | None:
        """Measured: the grade, under its scale's name. None without a scale."""
        if self._scale is None:
            return None
        grade, scale = self._scale.of(text), self._scale
        if grade is None:
            return Finding(measured={scale.name: None}, satisfied=False, said="it has no words")
        fits = scale.level(grade) == self.wanted
        name = scale.name.replace("_", " ")
        said = f"its {name} is {grade:.1f}; {self.wanted} is {scale.band(self.wanted)}"
        return Finding(measured={scale.name: round(grade, 2)}, satisfied=fits, passes=fits, said=said)

    def judged(self, scores: LabelScores, margin: float, before: Finding | None) -> Finding:
        """The judge's finding, with the grade before it."""
        judge = led(self, scores, margin)
        grade = before.measured if before else {}
        return Finding(
            measured={**grade, **judge.measured},
            satisfied=judge.satisfied,
            passes=judge.passes,
            said=judge.said,
        )
