"""Scores that rows already bear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.llm.bound_model import BoundModel
from datagen_core.sample import Sample
from datagen_plugin_selection.deita_scores import Scored, Scores, final_score
from datagen_plugin_selection.row_values import as_number, check_key, column_of


class FieldScorer:
    """Reads a number, or one per turn, from two columns.

    A row is unscored with `no_number` (a column isn't there, or holds anything else) or `unequal_turns`.
    """

    def __init__(self, complexity: str, quality: str) -> None:
        self._complexity, self._quality = complexity, quality

    async def scores(self, rows: Sequence[Sample], models: Mapping[str, BoundModel]) -> Scores:
        """See `Scorer.scores`. Raises InputError where no row has one of the columns."""
        check_key(rows, self._complexity, "complexity")
        check_key(rows, self._quality, "quality")
        return Scores([self._score(row) for row in rows])

    def _score(self, row: Sample) -> Scored:
        complexity, quality = (_numbers(column_of(row, key)) for key in (self._complexity, self._quality))
        if len(complexity) != len(quality):
            return Scored(why="unequal_turns")
        return final_score(complexity, quality)


def _numbers(value: Any) -> list[Scored]:
    values = value if isinstance(value, list | tuple) else [value]
    numbers = [as_number(one) for one in values]
    return [Scored(number, "" if number is not None else "no_number") for number in numbers]
