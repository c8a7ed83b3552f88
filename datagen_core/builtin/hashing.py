"""Hashed n-grams of characters and words: an embedder without a model, for texts that share wording.

The hashing trick (Weinberger et al. 2009, arXiv 0902.2206): each n-gram adds ±1 at a place that its hash names, so
that the expected dot product of two texts is that of their n-gram counts. Counts are damped (square root), and the
two halves, characters and words, weigh the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from datagen_core.config import Config
from datagen_core.embedder import Embedder
from datagen_core.errors import UsageError
from datagen_core.words import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CHARS = 20_000
"""Read of a text: what comes after adds little to its direction."""


Length = Annotated[int, Field(ge=1, le=16)]


class HashingConfig(Config):
    """How texts become vectors."""

    dimensions: int = Field(512, ge=16, le=8192, description="numbers per vector")
    char_ngrams: tuple[Length, Length] = Field((3, 5), description="shortest and longest run of characters")
    word_ngrams: tuple[Length, Length] = Field((1, 2), description="shortest and longest run of words")


class Hashing(Embedder[HashingConfig]):
    """Texts that share words and parts of words are near; synonyms are not: it knows no meaning. Any script."""

    def __init__(self, config: HashingConfig) -> None:
        super().__init__(config)
        for low, high in (config.char_ngrams, config.word_ngrams):
            if low > high:
                raise UsageError(
                    f"n-grams of {low} to {high}", expected="the shortest length before the longest"
                )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed`; a text without any letter or digit is zeros."""
        import numpy

        out = numpy.zeros((len(texts), self.config.dimensions), dtype=numpy.float32)
        for row, text in enumerate(texts):
            out[row] = self._vector(text)
        return out

    def _vector(self, text: str) -> NDArray[np.float32]:
        import numpy

        found = words(text[:MAX_CHARS])
        total = numpy.zeros(self.config.dimensions, dtype=numpy.float32)
        if not found:
            return total
        joined = " ".join(("", *found, ""))
        codes = numpy.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(
            numpy.uint64
        )
        names = numpy.array([_word_code(word) for word in found], dtype=numpy.uint64)
        for units, (low, high), salt in (
            (codes, self.config.char_ngrams, 1),
            (names, self.config.word_ngrams, 2),
        ):
            part = _counts(units, low, high, salt, self.config.dimensions)
            length = float(numpy.sqrt((part * part).sum()))
            total += part / length if length else part
        length = float(numpy.sqrt((total * total).sum()))
        return total / length if length else total


@lru_cache(maxsize=65_536)
def _word_code(word: str) -> int:
    """A 64-bit number that depends on the word alone (Python's own hash differs from process to process)."""
    value = 0xCBF29CE484222325
    for byte in word.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def _counts(
    units: NDArray[np.uint64], low: int, high: int, salt: int, dimensions: int
) -> NDArray[np.float32]:
    """Damped, signed counts of all runs of `low` to `high` units, at the places that their hashes name."""
    import numpy

    hashes = []
    running = numpy.full(len(units), salt, dtype=numpy.uint64)
    for size in range(1, high + 1):
        windows = len(units) - size + 1
        if windows <= 0:
            break
        running = running[:windows] * numpy.uint64(0x9E3779B97F4A7C15) + units[size - 1 :] + numpy.uint64(1)
        if size >= low:
            hashes.append(running)
    if not hashes:
        return numpy.zeros(dimensions, dtype=numpy.float32)
    found, times = numpy.unique(_mixed(numpy.concatenate(hashes)), return_counts=True)
    signs = numpy.where(found >> numpy.uint64(63), 1.0, -1.0)
    places = ((found & numpy.uint64(0xFFFFFFFF)) % numpy.uint64(dimensions)).astype(numpy.int64)
    return numpy.bincount(places, weights=signs * numpy.sqrt(times), minlength=dimensions).astype(
        numpy.float32
    )


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64: all bits of the hash depend on all bits of the value."""
    import numpy

    values = (values ^ (values >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return values ^ (values >> numpy.uint64(31))
