"""The rules of selectors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from datagen_core.model import Model
from datagen_core.sample import Metadata, Sample
from datagen_core.selector import Selection, Selector
from datagen_core.testing.components import SNAKE_CASE, ComponentConformance
from datagen_core.testing.model_bindings import bound_models
from datagen_core.testing.toy_data import awkward_samples, toy_samples


class SelectorConformance(ComponentConformance):
    """Rules for selectors. Set `component`; see `ComponentConformance` for `options` and `inputs()`.

    They are tried on nine labelled rows with quality scores from 0.1 to 0.9; override `rows()` where a selector needs
    others, of which it must be able to keep at least two. Models are the rehearsal; `model()` gives another.
    """

    kind: ClassVar[str] = "selector"
    interface: ClassVar[type] = Selector

    def rows(self) -> list[Sample]:
        """The rows to choose from."""
        return [
            replace(sample, metadata=Metadata(arm=f"arm {at % 2}", quality_score=(at + 1) / 10))
            for at, sample in enumerate(toy_samples())
        ]

    def model(self) -> Model[Any] | None:
        """Who answers; None for the rehearsal."""
        return None

    def use(self) -> object:
        """What it chooses of the rows."""
        return self._selected(self.rows(), 3)

    def _selected(self, rows: Sequence[Sample], n: int | None, part: Any = None) -> Selection:
        part = part or self.build()
        said: Selection = asyncio.run(part.select(rows, n, bound_models(part, self.model())))
        return said

    def test_each_row_is_kept_or_left_and_no_other(self) -> None:
        for rows in (self.rows(), self.rows()[:1], []):
            said = self._selected(rows, None)
            ids = sorted([*said.kept, *said.left])
            assert ids == sorted(row.id for row in rows), (
                f"rule: every row is either kept or left, once; of {len(rows)} rows {len(said.kept)} are kept and "
                f"{len(said.left)} left: {ids}"
            )

    def test_at_most_n_are_kept(self) -> None:
        for n in (0, 1, 2, 5, 1000):
            kept = len(self._selected(self.rows(), n).kept)
            assert kept <= n, f"rule: at most n rows are kept; of n = {n} it kept {kept}"

    def test_some_rows_are_kept(self) -> None:
        kept = len(self._selected(self.rows(), 2).kept)
        assert kept == 2, (
            f"rule: of the suite's rows two can be kept, or little is tested; here {kept}: set options or rows()"
        )

    def test_what_is_left_says_why(self) -> None:
        for n in (None, 2):
            for row, verdict in self._selected(self.rows(), n).left.items():
                assert not verdict.passed and SNAKE_CASE.fullmatch(verdict.reason or ""), (
                    f"rule: a row that is left has a failed verdict with a snake_case reason; {row} has {verdict}"
                )

    def test_the_same_rows_give_the_same_choice(self) -> None:
        part = self.build()
        first = self._selected(self.rows(), 3, part)
        self._selected(self.rows()[:2], 1, part)
        for again in (self._selected(self.rows(), 3, part), self._selected(self.rows(), 3)):
            assert again == first, f"rule: the same rows, the same choice; {first.kept} became {again.kept}"

    def test_rows_are_left_unchanged(self) -> None:
        rows = self.rows()
        before = [json.dumps(row.to_json()) for row in rows]
        self._selected(rows, 3)
        assert [json.dumps(row.to_json()) for row in rows] == before, (
            "rule: a selector changes neither rows nor their order"
        )

    def test_awkward_rows_are_chosen_from(self) -> None:
        rows = [*self.rows(), *awkward_samples()]
        try:
            said = self._selected(rows, None)
        except Exception as error:
            raise AssertionError(
                f"rule: any rows can be chosen from; {type(error).__name__}: {error}"
            ) from error
        assert len(said.kept) + len(said.left) == len(rows), (
            "rule: every row is either kept or left, odd ones too"
        )

    def test_scores_and_notes_are_plain(self) -> None:
        said = self._selected(self.rows(), 3)
        try:
            json.dumps([dict(said.scores), said.to_json()], allow_nan=False)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"rule: scores are finite numbers and notes are text; {error}") from error
        strange = set(said.scores) - {row.id for row in self.rows()}
        assert not strange, f"rule: scores are those of the rows; {sorted(strange)} isn't there"
