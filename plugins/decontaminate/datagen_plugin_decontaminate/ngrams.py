"""The n-grams of a text in several parts, as 64-bit hashes.

A hit takes `ngram` words or `char_ngram` characters of a script without spaces; in mixed text both add up: with 13
and 20, a word counts 1/13 and a character 1/20 of one. An n-gram begins at a token and ends where it is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datagen_plugin_decontaminate.tokens import tokens

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_BORDER = 0xD1B54A32D192ED03
"""Stands between two parts: what lies across it is equal only to what has a border in the same place."""


@dataclass(frozen=True, slots=True)
class Length:
    """How many words, or characters of scripts without spaces, an n-gram has."""

    words: int
    characters: int

    @property
    def full(self) -> int:
        """The weight of an n-gram: a word weighs `characters`, a character `words`."""
        return self.words * self.characters


@dataclass(frozen=True, slots=True)
class Ngrams:
    """N-grams in order: where each begins and ends, in characters, and in which parts."""

    hashes: Hashes
    starts: Places
    ends: Places
    first_parts: Places
    last_parts: Places


class Tokenised:
    """The tokens of several parts; a part without any is left out.

    Args:
        parts: Texts, such as the messages of a conversation.
        length: What makes an n-gram full.
    """

    def __init__(self, parts: Sequence[str], length: Length) -> None:
        self._length = length
        self.ranges: list[tuple[int, int, int]] = []
        """For each part with tokens its number, and where its tokens begin and end."""
        columns: tuple[list[int], ...] = ([], [], [], [], [])
        for part, text in enumerate(parts):
            found = tokens(text)
            if not len(found):
                continue
            if self.ranges:
                _extend(columns, [_BORDER], [0], [0], [0], [part])
            begin, n = len(columns[0]), len(found)
            weights = [length.words if alone else length.characters for alone in found.are_characters]
            _extend(columns, found.hashes, weights, found.starts, found.ends, [part] * n)
            self.ranges.append((part, begin, begin + n))
        self._hashes = np.array(columns[0], np.uint64)
        self._weights, self._starts, self._ends, self._parts = (np.array(c, np.int64) for c in columns[1:])

    def is_short(self, begin: int = 0, end: int | None = None) -> bool:
        """Whether these tokens make no n-gram."""
        return int(self._weights[begin:end].sum()) < self._length.full

    def ngrams(self) -> Ngrams:
        """All n-grams, those across borders among them; none of a short text."""
        sums = np.concatenate(([0], np.cumsum(self._weights)))
        begins = np.flatnonzero((sums[:-1] + self._length.full <= sums[-1]) & (self._weights > 0))
        ends = sums.searchsorted(sums[begins] + self._length.full, side="left")
        hashes = _window_hashes(self._hashes, begins, ends)
        parts = self._parts
        return Ngrams(hashes, self._starts[begins], self._ends[ends - 1], parts[begins], parts[ends - 1])

    def whole(self, begin: int = 0, end: int | None = None) -> int:
        """The hash of these tokens without borders, for comparing short texts as a whole."""
        chosen = self._hashes[begin:end][self._weights[begin:end] > 0]
        return int(_window_hashes(chosen, np.array([0]), np.array([len(chosen)]))[0])


def _extend(columns: Sequence[list[int]], *more: Sequence[int]) -> None:
    for column, values in zip(columns, more, strict=True):
        column += values


def _window_hashes(hashes: Hashes, begins: Places, ends: Places) -> Hashes:
    """Polynomial hashes modulo 2^64 of `hashes[begin:end]`, linear in all; equal runs, equal hashes."""
    powers, back = _powers(_BASE, len(hashes)), _powers(_INVERSE, len(hashes))
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(hashes * powers, dtype=np.uint64)))
    if len(hashes) == 0:
        return np.zeros(len(begins), np.uint64)
    return _mixed((sums[ends] - sums[begins]) * back[begins])


def _powers(base: int, n: int) -> Hashes:
    factors = np.full(n, base, dtype=np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of splitmix64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
