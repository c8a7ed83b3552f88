"""The rules of evaluators."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from datagen_core.evaluator import Evaluation, Evaluator
from datagen_core.sample import Metadata, Sample
from datagen_core.testing.components import ComponentConformance
from datagen_core.testing.toy_data import awkward_samples, make_samples, toy_samples


class EvaluatorConformance(ComponentConformance):
    """Rules for evaluators. Set `component`; write the test data it needs in `options_in(folder)`.

    The datasets tried: none, one row, nine rows of two arms, rows without labels, and rows that break code.
    """

    kind: ClassVar[str] = "evaluator"
    interface: ClassVar[type] = Evaluator

    def use(self) -> object:
        """What it says of nine rows, as JSON."""
        return json.dumps(self._evaluated(_two_arms()).to_json())

    def _evaluated(self, samples: Sequence[Sample], part: Any = None) -> Evaluation:
        said: Evaluation = (part or self.build()).evaluate(samples)
        return said

    def _each(self) -> dict[str, Evaluation]:
        said = {}
        for name, samples in _datasets().items():
            try:
                said[name] = self._evaluated(samples)
            except Exception as error:
                raise AssertionError(
                    f"rule: any dataset gets an Evaluation; {name}: {type(error).__name__}: {error}"
                ) from error
        return said

    def test_any_dataset_is_evaluated_even_none(self) -> None:
        for name, said in self._each().items():
            assert isinstance(said, Evaluation), f"rule: any dataset gets an Evaluation; {name}: {said!r}"

    def test_some_metric_is_measured(self) -> None:
        metrics = self._evaluated(_two_arms()).metrics
        assert metrics, "rule: an evaluation of labelled rows has at least one metric; it has none"

    def test_metrics_are_finite_numbers(self) -> None:
        for name, said in self._each().items():
            for metric, value in said.metrics.items():
                assert isinstance(value, int | float) and math.isfinite(value), (
                    f"rule: metrics are finite numbers; {metric} of {name} is {value!r}"
                )

    def test_table_rows_are_as_wide_as_their_columns(self) -> None:
        for name, said in self._each().items():
            for table in said.tables:
                widths = {len(row) for row in table.rows} - {len(table.columns)}
                assert not widths, (
                    f"rule: a table's rows have a cell for each column; {table.title!r} of {name} has "
                    f"{len(table.columns)} columns and rows of {sorted(widths)}"
                )

    def test_evaluations_survive_json(self) -> None:
        for name, said in self._each().items():
            try:
                written = json.dumps(said.to_json(), allow_nan=False)
            except (TypeError, ValueError) as error:
                raise AssertionError(f"rule: an evaluation is JSON; {name}: {error}") from error
            again = json.dumps(Evaluation.from_json(json.loads(written)).to_json())
            assert again == written, f"rule: an evaluation reads back the same; {name}: {again} was {written}"

    def test_the_same_dataset_gets_the_same_evaluation(self) -> None:
        part = self.build()
        first = self._evaluated(_two_arms(), part).to_json()
        self._evaluated(toy_samples()[:2], part)
        for said in (self._evaluated(_two_arms(), part), self._evaluated(_two_arms())):
            assert said.to_json() == first, (
                "rule: the same rows get the same evaluation, whatever was evaluated before; "
                f"{first} became {said.to_json()}"
            )

    def test_progress_is_told(self) -> None:
        told: list[str] = []
        self.build().evaluate(_two_arms(), told.append)
        assert told and all(isinstance(step, str) and step.strip() for step in told), (
            f"rule: an evaluator tells its steps to `progress`, in words; it told {told}"
        )

    def test_rows_are_left_unchanged(self) -> None:
        samples = _two_arms()
        before = [json.dumps(sample.to_json()) for sample in samples]
        self._evaluated(samples)
        assert [json.dumps(sample.to_json()) for sample in samples] == before, (
            "rule: an evaluator changes neither rows nor their order"
        )


def _two_arms() -> list[Sample]:
    return [
        replace(sample, metadata=Metadata(arm=f"arm {i % 2}", generation_method="test"))
        for i, sample in enumerate(toy_samples())
    ]


def _datasets() -> dict[str, list[Sample]]:
    return {
        "no row": [],
        "one row": toy_samples()[:1],
        "nine rows of two arms": _two_arms(),
        "rows without labels": make_samples(["play something", "any rain?"]),
        "rows without words": make_samples([("", "music"), ("?", "weather")]),
        "rows that break code": awkward_samples(),
    }
