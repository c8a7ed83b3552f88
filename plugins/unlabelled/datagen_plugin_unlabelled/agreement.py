"""Machine labels: pool texts near the seeds on which a classifier and the nearest seeds agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.text_classifier import TextClassifier

_BLOCK = 1024
"""Texts compared with all seeds at a time: bounds the memory to block × seeds numbers."""


@dataclass(frozen=True, slots=True)
class MachineLabel:
    """A pool text and what was found of it.

    Attributes:
        text: The pool's row.
        label: The classifier's most probable label.
        confidence: Its probability.
        agreement: The share of the nearest seeds' votes that this label got, in [0, 1].
        is_majority: No other label got more of these votes.
    """

    text: Seed
    label: str
    confidence: float
    agreement: float
    is_majority: bool

    def qualifies(self, confidence: float) -> bool:
        """True where the classifier is at least that sure, and the nearest seeds agree."""
        return self.confidence >= confidence and self.is_majority


def machine_labels(
    seeds: Sequence[Seed], pool: Sequence[Seed], *, neighbours: int, votes: int
) -> tuple[MachineLabel, ...]:
    """The pool's texts that are among the nearest to a seed, each with its machine label, in pool order.

    The classifier (TF-IDF and logistic regression) is fitted on the seeds; nearness is the cosine of word
    1–2-gram TF-IDF vectors whose weights come from seeds and pool. A tie of votes goes to the label whose
    voters are nearer. A text that shares no word with any seed is never among the nearest.

    Args:
        seeds: Labelled, of two labels or more.
        pool: Distinct texts.
        neighbours: How many pool texts each seed retrieves.
        votes: How many nearest seeds vote on a text; those at cosine 0 don't.

    Raises:
        InputError: the seeds have no word of two letters or more.
    """
    try:
        model = TextClassifier().fit([s.text for s in seeds], [str(s.label) for s in seeds])
    except ValueError as error:
        raise InputError(
            f"no classifier can be fitted on the seeds: {error}",
            where="seeds",
            expected="texts with words of two letters or more, divided by spaces",
        ) from error
    seed_vectors, pool_vectors = _vectors(seeds, pool)
    near = _nearest(seed_vectors, pool_vectors, neighbours)
    found: list[MachineLabel] = []
    for start in range(0, len(near), _BLOCK):
        block = near[start : start + _BLOCK]
        probabilities = model.probabilities([pool[i].text for i in block])
        cosines = (pool_vectors[block] @ seed_vectors.T).toarray()
        for i, row, likeness in zip(block, probabilities, cosines, strict=True):
            best = int(row.argmax())
            share, is_majority = _vote(model.labels[best], likeness, seeds, votes)
            found.append(MachineLabel(pool[i], model.labels[best], float(row[best]), share, is_majority))
    return tuple(found)


def _vectors(seeds: Sequence[Seed], pool: Sequence[Seed]) -> tuple[Any, Any]:
    """Sparse rows of length 1, one per seed and one per pool text."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    rows = vectorizer.fit_transform([s.text for s in (*seeds, *pool)])
    return rows[: len(seeds)], rows[len(seeds) :]


def _nearest(seed_vectors: Any, pool_vectors: Any, neighbours: int) -> list[int]:
    """The places of the pool texts that are among the nearest of some seed, rising."""
    found: set[int] = set()
    for i in range(seed_vectors.shape[0]):
        cosines = (pool_vectors @ seed_vectors[i].T).toarray().ravel()
        nearest = (-cosines).argsort(kind="stable")[:neighbours]
        found.update(int(place) for place in nearest if cosines[place] > 0)
    return sorted(found)


def _vote(label: str, cosines: Any, seeds: Sequence[Seed], votes: int) -> tuple[float, bool]:
    """The share of the votes for a label, and whether it won."""
    voters = [int(i) for i in (-cosines).argsort(kind="stable")[:votes] if cosines[i] > 0]
    count: Counter[str] = Counter(str(seeds[i].label) for i in voters)
    nearness: dict[str, float] = {}
    for i in voters:
        nearness[str(seeds[i].label)] = nearness.get(str(seeds[i].label), 0.0) + float(cosines[i])
    winner = max(count, key=lambda name: (count[name], nearness[name]), default=None)
    return (count[label] / len(voters) if voters else 0.0), winner == label
