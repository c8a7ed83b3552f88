"""How diverse a few texts are, by all measures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from datagen_core.embeddings import Embeddings
from datagen_core.words import words
from datagen_plugin_diversity.distinct import Words, distinct_n
from datagen_plugin_diversity.self_bleu import self_bleu
from datagen_plugin_diversity.vendi import vendi_score

MAX_CHARS = 20_000
"""Read of a text, as by the embedder hashing: its beginning, middle and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDiversity:
    """The measures of a collection of texts; None where they have nothing to go by.

    Attributes:
        rows: How many texts were measured: those with a letter or digit, or the sample drawn of them.
        distinct_1, distinct_2: Different words, and pairs of them, among all; in (0, 1].
        self_bleu: Mean BLEU-4 of a text against all others, in [0, 1].
        vendi: Effective number of different texts, from 1 to the smaller of rows and numbers per vector.
        vendi_ratio: That / the most that it could be, in (0, 1].
    """

    rows: int
    distinct_1: float | None = None
    distinct_2: float | None = None
    self_bleu: float | None = None
    vendi: float | None = None
    vendi_ratio: float | None = None


def text_diversity(texts: Sequence[str], embeddings: Embeddings) -> TextDiversity:
    """Measures texts; their order decides nothing, not even the rounding."""
    found = [(text, words_of(text)) for text in sorted(texts)]
    kept = [(text, words) for text, words in found if words]
    if not kept:
        return TextDiversity(rows=0)
    word_lists = [words for _, words in kept]
    vectors = embeddings.of([read_of(text) for text, _ in kept])
    vendi = vendi_score(vectors)
    return TextDiversity(
        rows=len(kept),
        distinct_1=distinct_n(word_lists, 1),
        distinct_2=distinct_n(word_lists, 2),
        self_bleu=self_bleu(word_lists),
        vendi=vendi,
        vendi_ratio=None if vendi is None else vendi / min(vectors.shape),
    )


def words_of(text: str) -> Words:
    """The words of what is read of a text, in any script."""
    return words(read_of(text))


def read_of(text: str) -> str:
    """A text of 20,000 characters at most as it is; of a longer one the beginning, the middle and the end."""
    if len(text) <= MAX_CHARS:
        return text
    third = MAX_CHARS // 3 - 1
    middle = (len(text) - third) // 2
    return "\n".join((text[:third], text[middle : middle + third], text[-third:]))


def sample_of(texts: Sequence[str], most: int, seed: int) -> list[str]:
    """All texts sorted, or so many drawn of them, whatever their order."""
    found = sorted(texts)
    return found if len(found) <= most else sorted(random.Random(seed).sample(found, most))
