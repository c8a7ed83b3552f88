"""The vectors of a run's texts: each computed once, whoever asks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datagen_core.embedder import Embedder
from datagen_core.errors import PluginError
from datagen_core.remembered import Remembered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_BYTES = 256 * 2**20
"""Of vectors that are kept; 170,000 of 384 numbers."""


class Embeddings:
    """An embedder with a memory. Needs numpy, on first use; by default the embedder is `hashing`.

    Example:
        >>> vectors = Embeddings().of(["red dunes", "red dunes at dawn", "a tax form"])
        >>> bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
        True
    """

    def __init__(self, embedder: Embedder[Any] | None = None) -> None:
        self._embedder = embedder
        self._width = 0
        self._known: Remembered[bytes, Any] = Remembered()

    @property
    def embedder(self) -> Embedder[Any]:
        """Who computes them."""
        if self._embedder is None:
            from datagen_core.builtin.hashing import Hashing, HashingConfig

            self._embedder = Hashing(HashingConfig())
        return self._embedder

    @property
    def is_heavy(self) -> bool:
        """Whether it is better asked in a thread of its own."""
        return self.embedder.is_heavy

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), d): rows of unit length, or zeros; see `Embedder.embed`."""
        import numpy

        by_key = {_key(text): text for text in texts}
        rows = self._known.of_now(
            [_key(text) for text in texts], lambda keys: self._computed([by_key[key] for key in keys])
        )
        return numpy.stack(rows) if rows else numpy.zeros((0, 1), dtype=numpy.float32)

    def _computed(self, texts: Sequence[str]) -> list[Any]:
        import numpy

        name = type(self.embedder).__name__
        found = numpy.array(self.embedder.embed(texts), dtype=numpy.float32)
        if found.ndim != 2 or len(found) != len(texts):
            raise PluginError(f"{name} gave vectors of the shape {found.shape} for {len(texts)} texts")
        found[~numpy.isfinite(found).all(axis=1)] = 0.0  # as of a text that has nothing to go by
        self._width = self._width or found.shape[1]
        if found.shape[1] != self._width:
            raise PluginError(f"{name} gave {found.shape[1]} numbers a text, before {self._width}")
        self._known.max_items = MAX_BYTES // (4 * self._width)
        return [row.copy() for row in found]  # the embedder may use its array again


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
