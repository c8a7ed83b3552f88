from __future__ import annotations

import numpy as np
import pytest
from datagen_plugin_selection.cosines import clusters


@pytest.mark.parametrize("count", [2, 3])
def test_of_near_duplicates_exactly_one_survives(selected, row, at_angles, reasons, count) -> None:
    names = "abc"[:count]
    inputs = at_angles(a=0, b=1, c=2, far=90)

    said = selected("coverage", [*(row(name) for name in names), row("far")], inputs=inputs)

    assert len(said.kept) == 2 and "far" in said.kept
    assert set(reasons(said).values()) == {"too_similar"} and len(said.left) == count - 1


def test_the_row_nearest_to_the_middle_stands_for_its_cluster(selected, row, at_angles) -> None:
    said = selected("coverage", [row(name) for name in "abc"], inputs=at_angles(a=0, b=8, c=10))

    assert said.kept == ("b",)  # the mean points to 6.0°
    verdict = said.left["a"]
    assert (verdict.measured, verdict.threshold, verdict.evidence) == (pytest.approx(0.990268), 0.95, "b")
    assert said.scores == {"a": 3, "b": 3, "c": 3}


@pytest.mark.parametrize(("threshold", "kept"), [(0.8, ("a",)), (0.80001, ("a", "b"))])
def test_rows_exactly_at_the_threshold_are_of_one_cluster(selected, row, by_hand, threshold, kept) -> None:
    inputs = by_hand({"a": (1, 0), "b": (0.8, 0.6)})

    said = selected("coverage", [row("a"), row("b")], inputs=inputs, min_cosine_similarity=threshold)

    assert said.kept == kept


def test_a_chain_of_near_rows_is_one_cluster(selected, row, at_angles, reasons) -> None:
    """0° and 30° aren't near (cosine 0.87); 15° is near both (0.966)."""
    said = selected("coverage", [row(name) for name in "acb"], inputs=at_angles(a=0, b=15, c=30))

    assert said.kept == ("b",) and reasons(said) == {"a": "too_similar", "c": "too_similar"}


def test_a_diverse_few_are_the_middle_one_and_then_the_farthest(selected, row, at_angles) -> None:
    inputs, rows = at_angles(a=0, b=8, c=10, d=-4), [row(name) for name in "abcd"]
    options = {"inputs": inputs, "per_cluster": 2}

    assert selected("coverage", rows, keep="diverse", **options).kept == ("a", "c")
    assert selected("coverage", rows, keep="centroid", **options).kept == ("a", "b")  # the mean: 3.5°


def test_the_largest_clusters_come_first_and_each_has_one_before_any_has_two(
    selected, row, at_angles, reasons
) -> None:
    inputs = at_angles(lone=180, a=0, b=1, c=2, x=90, y=91)
    rows = [row(name) for name in ("lone", "x", "y", "a", "b", "c")]

    assert selected("coverage", rows, inputs=inputs, per_cluster=2).kept == ("b", "x", "lone", "a", "y")
    said = selected("coverage", rows, 2, inputs=inputs, per_cluster=2)
    assert said.kept == ("b", "x")
    assert reasons(said) == {"lone": "not_needed", "y": "not_needed", "a": "not_needed", "c": "too_similar"}


def test_clusters_are_those_of_a_second_computation_whatever_the_block(unit_vectors) -> None:
    vectors = unit_vectors(150, dims=8)
    near = vectors @ vectors.T >= 0.9
    reach = np.linalg.matrix_power(near.astype(float), 1)
    for _ in range(8):
        reach = (reach @ reach > 0).astype(float)
    wanted = reach.argmax(axis=1)

    assert 5 < len(set(wanted.tolist())) < 140
    for block in (1, 7, 64, 1000):
        assert clusters(vectors, 0.9, block=block).tolist() == wanted.tolist()


def test_equal_rows_are_one_cluster_and_the_first_stands_for_them(selected, row, at_angles) -> None:
    said = selected("coverage", [row(id, "a") for id in "pqrs"], inputs=at_angles(a=40))

    assert said.kept == ("p",) and {one.measured for one in said.left.values()} == {1.0}
