"""One row's round of candidates and ratings, and what becomes of it: a pair, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_preference.candidates import Candidate
from datagen_plugin_preference.config import PreferenceConfig
from datagen_plugin_preference.judging import Judgement, Rating
from datagen_plugin_preference.pairs import Pair, pair

MAX_SHOWN_CHARS = 600
"""Of one candidate in the text of a rejection."""


@dataclass(frozen=True, slots=True)
class Round:
    """What was asked and answered for one row; the judgement is of the candidates without a fault."""

    candidates: Sequence[Candidate] = ()
    judgement: Judgement | None = None

    @property
    def whole(self) -> list[int]:
        """The candidates that came whole and say something, by number; those that say the same among them."""
        return [at for at, one in enumerate(self.candidates) if one.fault in ("", "duplicate")]

    @property
    def judged(self) -> list[int]:
        """The candidates that are for the judge, by number."""
        return [at for at, one in enumerate(self.candidates) if not one.fault]

    def ratings(self) -> dict[int, Rating]:
        """By the candidate's number."""
        return dict(zip(self.judged, self.judgement.ratings, strict=True)) if self.judgement else {}

    def scores(self) -> list[float | None]:
        """Of each candidate; None where it wasn't judged, or the score couldn't be read."""
        found = self.ratings()
        return [found[at].overall if at in found else None for at in range(len(self.candidates))]

    def n_calls(self) -> int:
        """Model calls made for the row."""
        drawn = sum(one.slot is not None for one in self.candidates)
        return drawn + (self.judgement.n_calls if self.judgement else 0)

    def params(self, candidate: int | None = None) -> Mapping[str, Any]:
        """What the call for a candidate was told; else the judge's first, else that for the first candidate."""
        if candidate is not None and self.candidates[candidate].params:
            return self.candidates[candidate].params
        if self.judgement:
            return self.judgement.answers[0].params
        return next((one.params for one in self.candidates if one.params), EMPTY)

    def shown(self, some: Sequence[int]) -> str:
        """Candidates as the text of a rejection, each with its score or fault; all where none are named."""
        scores, lines = self.scores(), []
        for at in some or range(len(self.candidates)):
            one, score = self.candidates[at], scores[at]
            told = one.fault or ("" if score is None else f"{score:g}")
            lines.append(f"[{one.model}{told and ', ' + told}] {one.text[:MAX_SHOWN_CHARS]}")
        return "\n".join(lines)


def unfit(played: Round, config: PreferenceConfig) -> Refusal | None:
    """Why the judge needn't be asked: `too_few_candidates`, `candidates_alike`, `chosen_refuses`; else None."""
    if len(played.whole) < 2:
        rule = "candidates that came whole and say something"
        return Refusal("too_few_candidates", rule, len(played.whole), 2, played.shown(played.whole))
    left = played.judged
    if len(left) < 2:
        rule = "candidates that differ in more than case, white space and how they end"
        return Refusal("candidates_alike", rule, len(left), 2, played.shown(left))
    if not any(_may_be_chosen(played, config)[at] for at in left):
        return Refusal("chosen_refuses", "answers that don't refuse", 0, 1, played.shown(left))
    return None


def decided(played: Round, config: PreferenceConfig, *, order: Sequence[int], luck: float) -> Pair | Refusal:
    """The two that make the row; else `judge_unparsed`, `chosen_refuses`, `no_margin` or `length_ratio`.

    Args:
        order, luck: See `pairs.pair`.
    """
    scores = played.scores()
    rated = [at for at, score in enumerate(scores) if score is not None]
    if len(rated) < 2:
        unread = (f"candidate {at}: {one.unread}" for at, one in played.ratings().items() if one.unread)
        rule = "candidates with a score that can be read"
        return Refusal("judge_unparsed", rule, len(rated), 2, "\n".join(unread))
    may_be_chosen = _may_be_chosen(played, config)
    found = pair(scores, may_be_chosen, how=config.pairs, order=order, luck=luck)
    if found is None:
        rule = "an answer that doesn't refuse stands above another candidate"
        answers = sum(may_be_chosen[at] for at in rated)
        return Refusal("chosen_refuses", rule, answers, len(rated), played.shown(rated))
    return _too_near(played, config, found) or found


def _too_near(played: Round, config: PreferenceConfig, found: Pair) -> Refusal | None:
    least, most = config.least_margin(), config.max_length_ratio
    text = played.shown([found.chosen, found.rejected])
    if found.margin < least:
        return Refusal("no_margin", "the score of chosen less that of rejected", found.margin, least, text)
    chosen, rejected = played.candidates[found.chosen].words, played.candidates[found.rejected].words
    ratio = round(chosen / max(rejected, 1), 4)
    if most is not None and ratio > most:
        return Refusal("length_ratio", "words of chosen / words of rejected", ratio, most, text)
    return None


def _may_be_chosen(played: Round, config: PreferenceConfig) -> list[bool]:
    return [config.chosen_refusals or not one.refuses for one in played.candidates]
