"""The vectors of rows, and which rows have none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from datagen_core.inputs import Inputs
from datagen_core.said import parts
from datagen_core.sample import Sample
from datagen_core.text_field import TextField
from datagen_plugin_selection.choice import Choice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RowVectors:
    """Embeds a part of rows, or all that is said in them."""

    def __init__(self, inputs: Inputs, field: str | Sequence[str] | None) -> None:
        self._embeddings = inputs.embeddings
        self._field = None if field is None else TextField(field)

    async def of(self, choice: Choice, among: Sequence[int]) -> tuple[list[int], NDArray[np.float32]]:
        """The rows among these that have a vector, in their order, and the vectors, shape (rows, d).

        The others are left: `no_embedding`, for the part isn't there or its vector is zeros or not finite.

        Raises:
            InputError: none of the rows has the part.
        """
        import numpy

        texts = self._texts([choice.rows[row] for row in among])
        there = [(row, text) for row, text in zip(among, texts, strict=True) if text is not None]
        vectors = await self._embedded([text for _, text in there])
        lengths = numpy.linalg.norm(vectors, axis=1)
        usable = numpy.isfinite(lengths) & (lengths > 0)
        for row, text in zip(among, texts, strict=True):
            if text is None:
                choice.leave(row, "no_embedding", evidence=f"no field {self._field}")
        for (row, _), is_usable in zip(there, usable, strict=True):
            if not is_usable:
                choice.leave(row, "no_embedding", evidence="its vector is zeros: nothing to compare")
        kept = [row for (row, _), is_usable in zip(there, usable, strict=True) if is_usable]
        return kept, vectors[usable] / lengths[usable, None]

    def _texts(self, rows: Sequence[Sample]) -> list[str | None]:
        if self._field is not None:
            return self._field.texts(rows)
        return ["\n".join(text for _, text in parts(row)) for row in rows]

    async def _embedded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._embeddings.is_heavy:
            return await asyncio.to_thread(self._embeddings.of, texts)
        return self._embeddings.of(texts)
