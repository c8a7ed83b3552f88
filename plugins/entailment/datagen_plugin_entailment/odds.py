"""From the odds of windows and sentences to a verdict on the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from datagen_core.quoting import quoted
from datagen_core.sample import Verdict
from datagen_plugin_entailment.config import EntailmentConfig

Span = tuple[int, int]
DIGITS = 4
"""Probabilities are rounded to so many: beyond, they depend on what else is in the batch."""


class Odds(NamedTuple):
    """Probabilities, in [0, 1], that a premise entails and contradicts a hypothesis."""

    entailment: float
    contradiction: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """Windows of a premise, and a text with the spans of its sentences."""

    windows: list[str]
    text: str
    spans: list[Span]

    def pairs(self) -> list[tuple[str, str]]:
        """Each sentence with each window, sentence by sentence."""
        return [(window, self.text[start:end]) for start, end in self.spans for window in self.windows]


def judged(task: Task, odds: Sequence[Odds], config: EntailmentConfig) -> Verdict:
    """The verdict on a row by the odds of `task.pairs()`."""
    each = len(task.windows)
    best = [_best(odds[at : at + each], config.min_entailment) for at in range(0, len(odds), each)]
    if config.check == "answerable":
        at = max(range(len(best)), key=lambda at: best[at].entailment)
        return _scored(task, best, at, best[at].entailment, "not_answerable", config)
    entailed = [one.entailment for one in best]
    score = min(entailed) if config.over == "min" else round(sum(entailed) / len(entailed), DIGITS)
    at = max(range(len(best)), key=lambda at: best[at].contradiction)
    if best[at].contradiction > config.max_contradiction:
        return Verdict(
            passed=False,
            score=score,
            reason="contradicted",
            measured=best[at].contradiction,
            threshold=config.max_contradiction,
            evidence=f"{quoted(task.text, *task.spans[at])}: P(contradiction) = {best[at].contradiction}",
        )
    return _scored(task, best, entailed.index(min(entailed)), score, "not_entailed", config)


def _best(odds: Sequence[Odds], min_entailment: float) -> Odds:
    """Of a sentence: the window that entails it; where none does, the highest of each over all windows."""
    best = max(odds)
    if best.entailment >= min_entailment:
        return best
    return Odds(best.entailment, max(one.contradiction for one in odds))


def _scored(
    task: Task, best: Sequence[Odds], at: int, score: float, reason: str, config: EntailmentConfig
) -> Verdict:
    evidence = f"{quoted(task.text, *task.spans[at])}: P(entailment) = {best[at].entailment}"
    if score >= config.min_entailment:
        return Verdict(passed=True, score=score, evidence=evidence)
    return Verdict(
        passed=False,
        score=score,
        reason=reason,
        measured=score,
        threshold=config.min_entailment,
        evidence=evidence,
    )
