"""The index of claims, and those in it that a new one contradicts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from datagen_core.answers import Answer, agreement
from datagen_core.near_duplicates.index import Candidate, NearDuplicates, TextSignature
from datagen_core.near_duplicates.normalise import normalise
from datagen_core.number_forms import in_ascii_digits
from datagen_plugin_consistency.claims import Claim
from datagen_plugin_consistency.config import ConsistencyConfig

ENDS = " .?!…。？！؟।"
"""How a question ends doesn't make it another one."""
SHOWN_CHARS = 80
DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class ClaimSignature:
    """A claim as it is compared: its question, its label in normal form or its answer, and that as it was written."""

    question: TextSignature
    said: str | Answer
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """An earlier claim on the same question that a new one disagrees with.

    Attributes:
        row: Its place in the index.
        sequence: The number that it was added with.
        jaccard: How alike the questions are, in [0, 1].
        agreement: How far the answers agree, in [0, 1]; labels that differ: 0.
        least: The agreement from which on they wouldn't disagree.
        shown: What it says, at most 80 characters.
    """

    row: int
    sequence: int
    jaccard: float
    agreement: float
    least: float
    shown: str


class Contradictions:
    """Claims by sequence number, rising; finds those that a claim disagrees with."""

    def __init__(self, config: ConsistencyConfig) -> None:
        self._config = config
        self._tolerance = Fraction(str(config.number_tolerance))
        near = [one for one in (config.near_jaccard, config.near_question_jaccard) if one is not None]
        self.index = NearDuplicates(
            min(near, default=None), shingle_chars=config.shingle_chars, permutations=config.permutations
        )
        self._said: list[ClaimSignature] = []

    def sign(self, claims: Sequence[Claim]) -> list[ClaimSignature]:
        """One signature for each claim; reads no index."""
        signed = self.index.sign([claim.question.rstrip(ENDS) for claim in claims])
        return [
            ClaimSignature(_marked(text, claim), self._compared(claim), _shown(claim.answer))
            for text, claim in zip(signed, claims, strict=True)
        ]

    def add(self, signature: ClaimSignature, sequence: int) -> int:
        """Takes a claim in and returns its row: of equal claims the first one's, which stands for all."""
        for row in self.index.same(signature.question):
            if self._said[row].said == signature.said:
                return row
        self._said.append(signature)
        return self.index.add(signature.question, sequence)

    def against(self, signature: ClaimSignature, *, before: int | None = None) -> list[Contradiction]:
        """What it contradicts, the nearest first, of equally near ones the earliest; `before` as in `NearDuplicates`.

        A claim that agrees with a nearer one than it disagrees with contradicts nothing: of `turn it on` and `turn it
        off` a copy of the one isn't measured by the other.
        """
        found = [self._compared_with(signature, one) for one in self._near_to(signature, before)]
        told = [one for one in found if one is not None]
        agreeing = max((one.jaccard for one in told if one.agreement >= one.least), default=0.0)
        against = [one for one in told if one.agreement < one.least and one.jaccard >= agreeing]
        return sorted(against, key=lambda one: (-one.jaccard, one.row))

    def _near_to(self, signature: ClaimSignature, before: int | None) -> list[Candidate]:
        """The claims on equal questions, and on those that are alike enough for what is compared."""
        same = self.index.same(signature.question, before=before)
        found = [Candidate(row, self.index.sequence(row), 1, 1) for row in same]
        threshold = (
            self._config.near_jaccard
            if isinstance(signature.said, str)
            else self._config.near_question_jaccard
        )
        if threshold is None:
            return found
        near, known = Fraction(str(threshold)), set(same)
        candidates = self.index.candidates(signature.question, before=before)
        return found + [one for one in candidates if one.row not in known and one.reaches(near)]

    def _compared_with(self, signature: ClaimSignature, other: Candidate) -> Contradiction | None:
        """How far two claims agree; None where that can't be told."""
        earlier = self._said[other.row]
        told = self._agreement(signature.said, earlier.said)
        if told is None:
            return None
        agreed, least = told
        return Contradiction(
            row=other.row,
            sequence=other.sequence,
            jaccard=other.jaccard,
            agreement=agreed,
            least=least,
            shown=earlier.shown,
        )

    def _agreement(self, one: str | Answer, other: str | Answer) -> tuple[float, float] | None:
        """How far they agree, and how far they must."""
        if isinstance(one, str) or isinstance(other, str):
            return float(one == other), 1.0
        how = self._config.compare
        agreed = agreement(one, other, how, self._tolerance)
        is_graded = how == "similarity" or (how == "auto" and not (one.is_short or other.is_short))
        return None if agreed is None else (agreed, self._config.min_answer_f1 if is_graded else 1.0)

    def _compared(self, claim: Claim) -> str | Answer:
        return normalise(claim.answer) if claim.is_label else Answer.of(claim.answer, self._config.compare)


def _marked(signature: TextSignature, claim: Claim) -> TextSignature:
    """A signature that has nothing in common with that of an equal question in another context.

    Questions with other numbers are others too, unless it is a label that is asked for.
    """
    asked = () if claim.is_label else tuple(DIGITS.findall(in_ascii_digits(claim.question)))
    text = repr((normalise(claim.context), claim.is_label, asked))
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    mark = int.from_bytes(digest, "little")
    bands = np.frombuffer(signature.bands, dtype=np.uint32) ^ np.uint32(mark & 0xFFFFFFFF)
    return replace(signature, exact=signature.exact ^ mark, bands=bands.tobytes())


def _shown(answer: str) -> str:
    text = " ".join(answer.split())
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
