"""Whether a row gives its persona away: by a run of words of the description."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from datagen_core.words import words

RUN = 5
"""Consecutive words of a description that nobody writes by chance; twice as many characters in unspaced scripts."""


def least_run(persona: str) -> int:
    """How many consecutive words of a persona name it: RUN, or all where it has fewer.

    Example:
        >>> least_run("a nurse"), least_run("a night nurse on a ward for children")
        (2, 5)
    """
    found = words(persona)
    is_unspaced = 2 * sum(len(word) == 1 and not word.isascii() for word in found) > len(found)
    return min(2 * RUN if is_unspaced else RUN, len(found))


def longest_run(persona: str, texts: Sequence[str]) -> tuple[int, str]:
    """The most consecutive words of a persona that one of the texts has, and these words; (0, "") for none."""
    described = words(persona)
    best: tuple[int, str] = (0, "")
    for text in texts:
        found = SequenceMatcher(None, described, words(text), autojunk=False).find_longest_match()
        if found.size > best[0]:
            best = found.size, " ".join(described[found.a : found.a + found.size])
    return best
