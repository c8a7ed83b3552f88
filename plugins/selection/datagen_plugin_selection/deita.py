"""DEITA's selection: the best rows by complexity × quality that aren't near one already kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.sample import Sample
from datagen_core.selector import Selection, Selector
from datagen_plugin_selection.choice import Choice, best_first
from datagen_plugin_selection.config import DeitaConfig
from datagen_plugin_selection.cosines import spread_out
from datagen_plugin_selection.deita_scores import Scorer, note_unscored
from datagen_plugin_selection.family_judge import FamilyJudge
from datagen_plugin_selection.field_scorer import FieldScorer
from datagen_plugin_selection.local_scorer import LocalScorer
from datagen_plugin_selection.row_vectors import RowVectors


class Deita(Selector[DeitaConfig]):
    """Sorted by score, equal ones by input order; the first is kept, then each that is far enough from the kept.

    Scores are sums over turns of complexity × quality.
    Reasons: `unscored` (evidence: why), `no_embedding`, `too_similar` (measured: the highest cosine similarity to a
    kept row, the evidence; threshold: `max_cosine_similarity`).

    Raises:
        InputError: a template that can't be used.
        PluginError: `scorer: local` without the extra `hf`.
    """

    def __init__(self, config: DeitaConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._vectors = RowVectors(inputs, config.field)
        _ = self._scorer  # what doesn't fit is refused before the run

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates and models don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model, where it is to judge; any will do."""
        return {self.config.model: ()} if self.config.scorer == "judge" else {}

    async def select(
        self, rows: Sequence[Sample], n: int | None, models: Mapping[str, BoundModel]
    ) -> Selection:
        """See `Selector.select`. Raises InputError where no row has the columns of the scores or to compare."""
        choice = Choice(rows)
        scores = await self._scorer.scores(rows, models)
        choice.notes += [*note_unscored(scores.rows), *scores.notes]
        for at, scored in enumerate(scores.rows):
            if scored.value is None:
                choice.leave(at, "unscored", evidence=scored.why)
            else:
                choice.scores[at] = scored.value
        order, vectors = await self._vectors.of(choice, best_first(list(choice.scores), choice.scores))
        most = self.config.max_cosine_similarity
        found = spread_out(vectors, most, n)
        choice.kept = [order[at] for at in found.kept]
        for at, (kept, cosine) in found.near.items():
            choice.near(order[at], "too_similar", cosine, most, order[kept])
        return choice.selection()

    @cached_property
    def _scorer(self) -> Scorer:
        config = self.config
        if config.scorer == "fields":
            return FieldScorer(config.complexity, config.quality)
        if config.scorer == "local":
            return LocalScorer(config, self.inputs.base)
        return FamilyJudge(config, self.inputs)
