"""The rows with the best scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datagen_core.llm.bound_model import BoundModel
from datagen_core.sample import Sample
from datagen_core.selector import Selection, Selector
from datagen_plugin_selection.choice import Choice, best_first
from datagen_plugin_selection.config import TopConfig
from datagen_plugin_selection.row_values import check_key, number_of


class Top(Selector[TopConfig]):
    """Highest scores first, equal ones by input order.

    Reasons: `unscored` (no finite number; never kept), `below_threshold` (score < `min_score`).
    """

    async def select(
        self, rows: Sequence[Sample], n: int | None, models: Mapping[str, BoundModel]
    ) -> Selection:
        """See `Selector.select`. Raises InputError where no row has the column."""
        key, least = self.config.score, self.config.min_score
        check_key(rows, key, "score")
        choice = Choice(rows)
        for at, row in enumerate(rows):
            score = number_of(row, key)
            if score is None:
                choice.leave(at, "unscored", evidence=f"no number in {key!r}")
                continue
            choice.scores[at] = score
            if least is not None and score < least:
                choice.leave(at, "below_threshold", score, least)
        passed = [at for at in range(len(rows)) if at not in choice.left]
        choice.kept = best_first(passed, choice.scores)[:n]
        if unscored := len(rows) - len(choice.scores):
            choice.notes.append(f"{unscored} of {len(rows)} rows have no number in {key!r}")
        return choice.selection()
