from __future__ import annotations

import numpy as np
import pytest
from datagen_plugin_selection.cosines import farthest_first

from datagen_core.errors import InputError


def test_the_order_is_the_one_found_by_hand(selected, row, at_angles, reasons) -> None:
    """The mean of 0°, 10°, 30°, 90° points to 29.8°: c. Farthest from c: d (60°), then a (30° to c), then b (10°)."""
    inputs = at_angles(a=0, b=10, c=30, d=90)
    rows = [row(name) for name in "abcd"]

    said = selected("k-center", rows, inputs=inputs)

    assert said.kept == ("c", "d", "a", "b")
    assert said.scores == pytest.approx({"c": 2, "d": 0.5, "a": 0.133975, "b": 0.015192}, abs=1e-6)
    two = selected("k-center", rows, 2, inputs=inputs)
    assert two.kept == ("c", "d") and reasons(two) == {"a": "not_needed", "b": "not_needed"}


def test_it_begins_with_the_row_it_is_told_to(selected, row, at_angles) -> None:
    rows = [row(name) for name in "abcd"]

    assert selected("k-center", rows, 3, inputs=at_angles(a=0, b=10, c=30, d=90), first="b").kept == (
        *("b", "d", "c"),
    )
    with pytest.raises(InputError, match="no row 'z'"):
        selected("k-center", rows, inputs=at_angles(a=0), first="z")


def test_equally_far_rows_are_taken_in_input_order(selected, row, by_hand) -> None:
    axes = by_hand({"a": (1, 0, 0, 0), "b": (0, 1, 0, 0), "c": (0, 0, 1, 0), "d": (0, 0, 0, 1)})

    assert selected("k-center", [row(name) for name in "dbca"], inputs=axes).kept == ("d", "b", "c", "a")


def test_it_stops_when_all_are_covered_exactly_at_the_limit(selected, row, by_hand, reasons) -> None:
    inputs = by_hand({"a": (1, 0), "b": (0.8, 0.6)})
    rows = [row("a"), row("b")]

    said = selected("k-center", rows, inputs=inputs, first="a", covered_at=0.8)

    assert said.kept == ("a",) and reasons(said) == {"b": "covered"}
    assert (said.left["b"].measured, said.left["b"].threshold, said.left["b"].evidence) == (0.8, 0.8, "a")
    assert selected("k-center", rows, inputs=inputs, first="a", covered_at=0.80001).kept == ("a", "b")


def test_a_row_without_a_vector_is_left_with_that_reason(selected, row, at_angles, reasons) -> None:
    said = selected("k-center", [row("a"), row("nothing to go by")], inputs=at_angles(a=0))

    assert said.kept == ("a",) and reasons(said) == {"nothing to go by": "no_embedding"}


def test_each_next_row_is_at_most_as_far_as_the_one_before(unit_vectors) -> None:
    vectors = unit_vectors(200)
    found = farthest_first(vectors, 200)

    assert sorted(found.kept) == list(range(200))
    assert found.distances[1:] == sorted(found.distances[1:], reverse=True)


def test_each_row_taken_is_the_farthest_by_a_second_computation(unit_vectors) -> None:
    vectors = unit_vectors(60, dims=5)
    kept = farthest_first(vectors, 60, first=7).kept

    for size in range(1, 60):
        cosines = (vectors @ vectors[kept[:size]].T).max(axis=1)
        cosines[kept[:size]] = 2
        assert cosines[kept[size]] == pytest.approx(cosines.min(), abs=2e-6)


def test_the_nearest_kept_row_is_the_evidence(unit_vectors) -> None:
    vectors = unit_vectors(50)
    found = farthest_first(vectors, 10)
    cosines = vectors @ vectors[found.kept].T

    assert np.allclose(cosines.max(axis=1), found.cosines, atol=2e-6)
