"""Self-BLEU: how far each text could have been composed of the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from datagen_plugin_diversity.distinct import Words, ngrams

MAX_ORDER = 4
EPSILON = 0.1
"""What counts as matched where nothing is (Chen and Cherry 2014, method 1; so does Texygen)."""


def self_bleu(texts: Sequence[Words]) -> float | None:
    """The mean over texts of BLEU-4 with all other texts as references, in [0, 1]; None for fewer than two with words.

    1 where each text has a twin. Texts of fewer than four words are scored by the orders that they have. All others are
    references, at a cost that grows with the words alone: of each n-gram the two largest counts tell the largest one
    elsewhere. It rises as texts get more: compare collections of one size.

    Source: Zhu et al. 2018 (Texygen), arXiv 1802.01886, its `SelfBleu.py`; BLEU: Papineni et al. 2002. What differs:
    that code's default is 3-grams of the first 500 texts, and NLTK, which it calls, counts the orders that a short text
    doesn't have as matched by 0.1.

    Example:
        >>> self_bleu([("a", "b"), ("a", "b"), ("c",)])
        0.6666666666666666
    """
    texts = [text for text in texts if text]
    if len(texts) < 2:
        return None
    matched = [_matched(texts, order) for order in range(1, MAX_ORDER + 1)]
    lengths = _Lengths(texts)
    scores = [
        _bleu(len(text), [order[at] for order in matched], lengths.nearest(len(text)))
        for at, text in enumerate(texts)
    ]
    return math.fsum(scores) / len(scores)


def _matched(texts: Sequence[Words], order: int) -> list[int]:
    """Of each text, how many of its n-grams some other text has, clipped by the largest count there."""
    counts = [Counter(ngrams(text, order)) for text in texts]
    most: dict[Words, tuple[int, int, int]] = {}  # n-gram → its largest count, whose, the largest of others
    for at, found in enumerate(counts):
        for gram, count in found.items():
            first, owner, second = most.get(gram, (0, -1, 0))
            most[gram] = (count, at, first) if count > first else (first, owner, max(second, count))
    return [
        sum(min(count, _elsewhere(most[gram], at)) for gram, count in found.items())
        for at, found in enumerate(counts)
    ]


def _elsewhere(most: tuple[int, int, int], at: int) -> int:
    first, owner, second = most
    return second if owner == at else first


def _bleu(length: int, matched: Sequence[int], reference: int) -> float:
    if not matched[0]:
        return 0.0
    orders = min(MAX_ORDER, length)
    logs = [math.log((matched[order] or EPSILON) / (length - order)) for order in range(orders)]
    brevity = 1.0 if length >= reference else math.exp(1 - reference / length)
    return brevity * math.exp(math.fsum(logs) / orders)


class _Lengths:
    """Lengths of texts, of which the nearest to one of them is asked, itself apart."""

    def __init__(self, texts: Sequence[Words]) -> None:
        self._times = Counter(len(text) for text in texts)

    def nearest(self, length: int) -> int:
        """The nearest length of another text, the shorter of two."""
        if self._times[length] > 1:
            return length
        return min((other for other in self._times if other != length), key=lambda o: (abs(o - length), o))
