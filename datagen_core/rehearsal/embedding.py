"""Vectors of texts by hashed n-grams: equal texts have equal vectors, similar texts near ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from zlib import crc32

from datagen_core.rehearsal.tokens import encoded
from datagen_core.rehearsal.vocabulary import STOP_WORDS

DIMENSIONS = 64
WORD = re.compile(r"\w+")
STOP_WORD_WEIGHT = 0.1
TRIGRAM_WEIGHT = 0.5


def vector(text: str) -> tuple[float, ...]:
    """A unit vector of 64 numbers; a text without words has one of its own.

    Words and their character trigrams are hashed to a place and a sign (Weinberger et al. 2009, "Feature
    Hashing for Large Scale Multitask Learning"); stop words count a tenth.
    """
    sums = [0.0] * DIMENSIONS
    for gram, weight in _grams(text):
        code = crc32(gram)
        sums[code % DIMENSIONS] += weight if code & 0x10000 else -weight
    length = math.sqrt(math.fsum(x * x for x in sums))
    if not length:
        place = crc32(encoded(text)) % DIMENSIONS
        return tuple(float(i == place) for i in range(DIMENSIONS))
    return tuple(x / length for x in sums)


def _grams(text: str) -> Iterator[tuple[bytes, float]]:
    for word in WORD.findall(text.lower()):
        weight = STOP_WORD_WEIGHT if word in STOP_WORDS else 1.0
        yield encoded(word), weight
        padded = f"<{word}>"
        for at in range(len(padded) - 2):
            yield encoded(padded[at : at + 3]), weight * TRIGRAM_WEIGHT
