from __future__ import annotations

from dataclasses import replace

from datagen_core.testing import BatchValidatorConformance, EvaluatorConformance, toy_samples


class TestBatchDiversity(BatchValidatorConformance):
    component = "diversity"

    def test_some_rows_pass_and_some_fail(self) -> None:
        """It rejects no row: what differs is the factor."""
        row = toy_samples()[0]
        alike = [replace(row, id=str(number)) for number in range(9)]
        assert {verdict.passed for verdict in self.verdicts([*self.rows(), *alike])} == {True}
        assert self._said(alike).quality < self._said(toy_samples()).quality


class TestBatchDiversityOfManyRows(TestBatchDiversity):
    component = "diversity"
    options = {"sample_rows": 8, "max_self_bleu": None, "min_distinct_2": None}


class TestDatasetDiversity(EvaluatorConformance):
    component = "diversity"


class TestDatasetDiversityOnSamples(EvaluatorConformance):
    component = "diversity"
    options = {"sample_rows": 3, "group_rows": 2, "near_cosine": 0.2}
