from __future__ import annotations

from typing import Any

from datagen_plugin_consistency.config import ConsistencyConfig
from datagen_plugin_consistency.report import MAX_ROWS, ConsistencyReport

from datagen_core import Sample
from datagen_core.evaluator import Evaluation
from datagen_core.testing import make_inputs, make_samples

TEXT = "please turn on the light in the kitchen when I come home in the evening"


def reported(samples: list[Sample], seeds: Any = (), **options: Any) -> Evaluation:
    return ConsistencyReport(ConsistencyConfig.model_validate(options), make_inputs(seeds)).evaluate(samples)


def test_near_copies_that_disagree_are_counted_and_shown_by_group() -> None:
    rows = [(TEXT, "on"), ("stop", "off"), (TEXT + "s", "off"), ("stop!", "on"), ("what time is it", "time")]
    said = reported(make_samples(rows))

    assert said.metrics == {"contradicting_rows": 4, "contradicting_share": 0.8, "contradicting_groups": 2}
    (table,) = said.tables
    assert [row[:3] for row in table.rows] == [
        (1, "row r0", "on"),
        (1, "row r2", "off"),
        (2, "row r1", "off"),
        (2, "row r3", "on"),
    ]


def test_seeds_are_shown_but_not_counted_as_rows() -> None:
    said = reported(make_samples([("stop", "off"), ("what time is it", "time")]), seeds=[("stop", "on")])

    assert said.metrics["contradicting_rows"] == 1 and said.metrics["contradicting_share"] == 0.5
    assert [row[1] for row in said.tables[0].rows] == ["seed seed0", "row r0"]
    assert not reported(make_samples([("stop", "off")]), seeds=[("stop", "on")], against_seeds=False).tables


def test_contradictions_with_a_common_row_are_one_group() -> None:
    said = reported(make_samples([("stop", label) for label in "abc"]))

    assert said.metrics["contradicting_groups"] == 1 and said.metrics["contradicting_rows"] == 3


def test_a_dataset_without_contradictions_has_zeros_and_no_table() -> None:
    said = reported(make_samples([(TEXT, "on"), (TEXT, "on")]))

    assert set(said.metrics.values()) == {0.0} and said.tables == () and said.notes == ()


def test_a_dataset_that_claims_nothing_is_told_so() -> None:
    assert reported(make_samples([TEXT])).notes[0].startswith("no row has both")


def test_a_long_table_is_cut() -> None:
    rows = [(f"text number {at // 2}, is it?", "ab"[at % 2]) for at in range(MAX_ROWS + 2)]
    (table,) = reported(make_samples(rows), near_jaccard=None).tables

    assert len(table.rows) == MAX_ROWS and f"of {MAX_ROWS + 2} rows" in table.title
