"""Greedy k-centre: rows that leave no other far from all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.sample import Sample
from datagen_core.selector import NOT_NEEDED, Selection, Selector
from datagen_plugin_selection.choice import Choice
from datagen_plugin_selection.config import KCenterConfig
from datagen_plugin_selection.cosines import farthest_first
from datagen_plugin_selection.row_vectors import RowVectors


class KCenter(Selector[KCenterConfig]):
    """Always the row farthest from all that are kept; scores are the distances (1 - cosine) at that time.

    Reasons: `no_embedding`, `covered` (measured: cosine to the nearest kept row, the evidence), with `covered_at`.
    """

    def __init__(self, config: KCenterConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._vectors = RowVectors(inputs, config.field)

    async def select(
        self, rows: Sequence[Sample], n: int | None, models: Mapping[str, BoundModel]
    ) -> Selection:
        """See `Selector.select`. Raises InputError where `first` is no row that can be compared."""
        choice = Choice(rows)
        usable, vectors = await self._vectors.of(choice, range(len(rows)))
        if not usable:
            return choice.selection()
        covered_at = self.config.covered_at
        wanted = len(usable) if n is None else n
        found = farthest_first(vectors, wanted, first=self._first(rows, usable), covered_at=covered_at)
        choice.kept = [usable[at] for at in found.kept]
        choice.scores = dict(zip(choice.kept, found.distances, strict=True))
        kept = set(found.kept)
        for at, row in enumerate(usable):
            if at in kept or not kept:
                continue
            nearest, cosine = usable[int(found.nearest[at])], round(float(found.cosines[at]), 6)
            if covered_at is None or cosine < covered_at:
                choice.leave(row, NOT_NEEDED, cosine, evidence=rows[nearest].id)
            else:
                choice.near(row, "covered", cosine, covered_at, nearest)
        return choice.selection()

    def _first(self, rows: Sequence[Sample], usable: Sequence[int]) -> int | None:
        if self.config.first is None:
            return None
        for at, row in enumerate(usable):
            if rows[row].id == self.config.first:
                return at
        raise InputError(
            f"no row {self.config.first!r} that has a vector",
            where="with.first",
            expected="the id of a row to choose from",
            hint="leave `first` out: the row nearest to the mean is taken",
        )
