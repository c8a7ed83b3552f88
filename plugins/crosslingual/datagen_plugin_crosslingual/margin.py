"""Cross-lingual similarity of texts and their translations, relative to what else is near."""

from __future__ import annotations

from collections.abc import Sequence

Vectors = Sequence[Sequence[float]]


def cosines(xs: Vectors, ys: Vectors) -> list[list[float]]:
    """The cosine of each x with each y; 0 where a vector has no length."""
    import numpy as np

    a, b = (np.asarray(vectors, dtype=float).reshape(len(vectors), -1) for vectors in (xs, ys))
    lengths = np.outer(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))
    found: list[list[float]] = np.divide(
        a @ b.T, lengths, out=np.zeros_like(lengths), where=lengths > 0
    ).tolist()
    return found


def margins(xs: Vectors, ys: Vectors, k: int) -> list[float]:
    """Of each pair (x, y) of the same place: cos(x, y) / (mean cos of x to its k nearest ys / 2 + the same of y / 2).

    The ratio margin of Artetxe and Schwenk (2019): 1 where a pair is no nearer than its neighbours are; pairs above
    1.2 to 1.3 are translations with high precision. The pair itself is among the nearest. Fewer than k texts count as
    they are; 0 where nothing is near.
    """
    return margins_of(cosines(xs, ys), k)


def margins_of(similarity: Sequence[Sequence[float]], k: int) -> list[float]:
    """The same from a square matrix of cosines, xs in rows."""
    by_x = [_mean_of_nearest(row, k) for row in similarity]
    by_y = [_mean_of_nearest(column, k) for column in zip(*similarity, strict=True)]
    means = [(x + y) / 2 for x, y in zip(by_x, by_y, strict=True)]
    return [similarity[i][i] / mean if mean > 0 else 0.0 for i, mean in enumerate(means)]


def _mean_of_nearest(row: Sequence[float], k: int) -> float:
    nearest = sorted(row, reverse=True)[:k]
    return sum(nearest) / len(nearest)
