"""Distinct-n: how many of a text collection's n-grams are different ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Words = tuple[str, ...]


def ngrams(words: Words, n: int) -> Iterator[Words]:
    """Runs of n words in order; none where there are fewer."""
    return zip(*(words[start:] for start in range(n)), strict=False)


def distinct_n(texts: Iterable[Words], n: int) -> float | None:
    """Different n-grams / all n-grams of all texts together, in (0, 1]; None where there is no n-gram.

    It falls as texts get more: compare collections of one size.

    Source: Li et al. 2016, arXiv 1510.03055, section 5.3.

    Example:
        >>> distinct_n([("a", "b"), ("a", "c")], 1)
        0.75
    """
    found: set[Words] = set()
    total = 0
    for words in texts:
        found.update(ngrams(words, n))
        total += max(0, len(words) - n + 1)
    return len(found) / total if total else None


def repeats(texts: Sequence[Words]) -> int:
    """How many texts have the words of an earlier one, in the same order."""
    return len(texts) - len(set(texts))
