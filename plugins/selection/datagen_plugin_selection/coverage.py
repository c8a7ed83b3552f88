"""One row, or a few, of each cluster of near rows: TOUCAN's reduction, without losing a whole cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.sample import Sample
from datagen_core.selector import Selection, Selector
from datagen_plugin_selection.choice import Choice
from datagen_plugin_selection.config import CoverageConfig
from datagen_plugin_selection.cosines import DECIMALS, clusters, farthest_first, nearest_to_mean
from datagen_plugin_selection.row_vectors import RowVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Coverage(Selector[CoverageConfig]):
    """Keeps up to `per_cluster` rows of each cluster; scores are the sizes of the clusters.

    With fewer places than clusters the largest come first; each has one row before any has two.
    Reasons: `no_embedding`, `too_similar` (measured: cosine to the nearest row that its cluster keeps, the evidence).
    """

    def __init__(self, config: CoverageConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._vectors = RowVectors(inputs, config.field)

    async def select(
        self, rows: Sequence[Sample], n: int | None, models: Mapping[str, BoundModel]
    ) -> Selection:
        """See `Selector.select`."""
        choice = Choice(rows)
        usable, vectors = await self._vectors.of(choice, range(len(rows)))
        if not usable:
            return choice.selection()
        groups = _groups(clusters(vectors, self.config.min_cosine_similarity))
        ranked = [[group[at] for at in self._representatives(vectors[group])] for group in groups]
        turns = range(max(len(one) for one in ranked))
        order = [one[turn] for turn in turns for one in ranked if turn < len(one)][:n]
        choice.kept = [usable[at] for at in order]
        choice.scores = {usable[at]: float(len(group)) for group in groups for at in group}
        kept = set(order)
        for group, chosen in zip(groups, ranked, strict=True):
            _leave(choice, vectors, usable, group, chosen, kept, self.config.min_cosine_similarity)
        return choice.selection()

    def _representatives(self, vectors: NDArray[np.float32]) -> list[int]:
        if self.config.keep == "diverse":
            return farthest_first(vectors, self.config.per_cluster).kept
        return nearest_to_mean(vectors)[: self.config.per_cluster]


def _groups(labels: NDArray[np.int64]) -> list[list[int]]:
    """The rows of each cluster; the largest cluster first, equal ones by their first row."""
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        groups.setdefault(label, []).append(row)
    return sorted(groups.values(), key=lambda group: -len(group))


def _leave(
    choice: Choice,
    vectors: NDArray[np.float32],
    usable: Sequence[int],
    group: Sequence[int],
    chosen: Sequence[int],
    kept: set[int],
    threshold: float,
) -> None:
    """Says why the rows of a cluster are left that were not chosen, where the cluster has a kept one."""
    there = [at for at in chosen if at in kept]
    others = sorted(set(group) - set(chosen))
    if not there or not others:
        return
    for at in others:
        cosines = (vectors[there] @ vectors[at]).round(DECIMALS)
        best = int(cosines.argmax())
        cosine = round(float(cosines[best]), DECIMALS)
        choice.near(usable[at], "too_similar", cosine, threshold, usable[there[best]])
