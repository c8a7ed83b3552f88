"""Batches of any size measured on equal terms: the mean over draws of as many rows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from datagen_core.embeddings import Embeddings
from datagen_plugin_diversity.distinct import Words, distinct_n
from datagen_plugin_diversity.self_bleu import self_bleu
from datagen_plugin_diversity.text_diversity import TextDiversity, read_of, words_of
from datagen_plugin_diversity.vendi import vendi_score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAW_ROWS = 8
"""Rows of a draw: what the limits are for."""
DRAWS = 8


def drawn_diversity(texts: Sequence[str], embeddings: Embeddings, seed: int) -> TextDiversity:
    """Means over 8 draws of 8 rows (all rows once, where there are no more), whatever the order of texts.

    A draw's measure doesn't depend on how many rows there are beside it, so that rows taken out at random leave the
    means where they are. A row without words is a copy of the longest row of its draw: it adds nothing, and is no row
    less. Returns the number of rows in a draw as `rows`; 0 where no row has words.
    """
    texts = sorted(texts)
    words = [words_of(text) for text in texts]
    vectors = embeddings.of([read_of(text) for text in texts])
    found = [_measured([words[at] for at in draw], vectors[draw]) for draw in _draws(len(texts), seed)]
    return TextDiversity(
        rows=min(DRAW_ROWS, len(texts)),
        distinct_2=_mean(one.distinct_2 for one in found),
        self_bleu=_mean(one.self_bleu for one in found),
        vendi_ratio=_mean(one.vendi_ratio for one in found),
    )


def _draws(count: int, seed: int) -> list[list[int]]:
    if count <= DRAW_ROWS:
        return [list(range(count))]
    rng = random.Random(seed)
    return [sorted(rng.sample(range(count), DRAW_ROWS)) for _ in range(DRAWS)]


def _measured(words: list[Words], vectors: NDArray[np.float32]) -> TextDiversity:
    """A draw; one without any words is that of copies."""
    longest = max(range(len(words)), key=lambda at: len(words[at]))
    if not words[longest]:
        return TextDiversity(
            rows=len(words), distinct_2=1 / len(words), self_bleu=1.0, vendi_ratio=1 / len(words)
        )
    stands = [at if words[at] else longest for at in range(len(words))]
    words, vectors = [words[at] for at in stands], vectors[stands]
    vendi = vendi_score(vectors)
    return TextDiversity(
        rows=len(words),
        distinct_2=distinct_n(words, 2),
        self_bleu=self_bleu(words),
        vendi_ratio=None if vendi is None else vendi / min(vectors.shape),
    )


def _mean(values: Iterator[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return fmean(found) if found else None
