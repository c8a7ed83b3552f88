from __future__ import annotations

import pytest

from datagen_core.errors import InputError
from datagen_core.sample import Sample


def test_the_best_come_first_and_equal_ones_in_input_order(selected, row, reasons) -> None:
    rows = [row(id, quality_score=score) for id, score in zip("abcd", (0.5, 0.9, 0.5, 0.1), strict=True)]

    said = selected("top", rows, 3)

    assert said.kept == ("b", "a", "c")
    assert reasons(said) == {"d": "not_needed"}
    assert said.scores == {"a": 0.5, "b": 0.9, "c": 0.5, "d": 0.1}


def test_a_score_at_the_threshold_is_kept_and_one_below_is_not(selected, row, reasons) -> None:
    rows = [row("at", worth=4.5), row("below", worth=4.4999), row("text", worth="4.6")]

    said = selected("top", rows, score="worth", min_score=4.5)

    assert said.kept == ("text", "at")
    assert reasons(said) == {"below": "below_threshold"}
    assert (said.left["below"].measured, said.left["below"].threshold) == (4.4999, 4.5)


@pytest.mark.parametrize(
    "worth", [None, "five stars", float("nan"), float("inf"), True, [4], "1" * 400, 10**400]
)
def test_what_is_no_number_is_no_score_and_never_kept(selected, row, reasons, worth) -> None:
    said = selected("top", [row("good", worth=1), row("odd", worth=worth)], score="worth")

    assert said.kept == ("good",) and reasons(said) == {"odd": "unscored"}
    assert said.notes == ("1 of 2 rows have no number in 'worth'",)


def test_a_field_of_a_record_counts_as_a_column(selected) -> None:
    rows = [Sample(id=str(worth), fields={"worth": worth}) for worth in (1, 3, 2)]

    assert selected("top", rows, 2, score="worth").kept == ("3", "2")


def test_a_column_that_no_row_has_is_refused_with_those_there_are(selected, row) -> None:
    with pytest.raises(InputError, match="no row has a 'wroth'") as refused:
        selected("top", [row("a", worth=1)], score="wroth")

    assert "worth" in str(refused.value.expected) and refused.value.where == "with.score"
    assert selected("top", [], score="wroth").kept == ()
