"""Vectors compared by cosine: exact, in the order in which they came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")

from datagen_core.vector_index import VectorIndex  # noqa: E402


def unit(*numbers: float) -> Any:
    vector = numpy.array(numbers, dtype=numpy.float32)
    return vector / max(float(numpy.linalg.norm(vector)), 1e-9)


def index_of(*vectors: Any) -> VectorIndex:
    index = VectorIndex()
    for vector in vectors:
        index.add(vector)
    return index


EAST, NORTH, BETWEEN, NOWHERE = unit(1, 0), unit(0, 1), unit(1, 1), unit(0, 0)


def test_an_empty_index_has_nothing_near() -> None:
    index = VectorIndex()
    assert len(index) == 0 and index.nearest(EAST) is None
    assert index.cosines(numpy.stack([EAST, NORTH])).shape == (2, 0)


def test_cosines_are_those_of_the_rows_in_the_order_in_which_they_came() -> None:
    index = index_of(EAST, NORTH, -EAST, NOWHERE)
    found = index.cosines(numpy.stack([EAST, BETWEEN]))
    assert found.tolist() == [
        [1, 0, -1, 0],
        pytest.approx([0.5**0.5, 0.5**0.5, -(0.5**0.5), 0], abs=1e-6),
    ]


def test_the_nearest_row_is_named_with_its_cosine_and_of_equals_the_earliest() -> None:
    index = index_of(-EAST, NORTH, EAST, EAST)
    assert index.nearest(EAST) == (2, 1.0)
    assert index.nearest(BETWEEN) == (1, pytest.approx(0.5**0.5))


def test_only_the_first_so_many_rows_count_where_asked() -> None:
    index = index_of(-EAST, NORTH, EAST)
    assert index.nearest(EAST, first=2) == (1, 0.0)
    assert index.nearest(EAST, first=0) is None
    assert index.nearest(EAST, first=99) == (2, 1.0)
    assert index.cosines(EAST[None, :], first=1).tolist() == [[-1]]


def test_a_text_with_nothing_to_go_by_is_near_to_nothing() -> None:
    assert index_of(EAST, NORTH).nearest(NOWHERE) == (0, 0.0)


def test_rows_stay_what_they_were_when_it_grows_and_the_callers_vector_changes() -> None:
    index, vector = VectorIndex(), numpy.zeros(200, dtype=numpy.float32)
    for at in range(200):
        vector[:] = 0
        vector[at] = 1
        index.add(vector)
    assert len(index) == 200
    assert (index.cosines(numpy.eye(200, dtype=numpy.float32)) == numpy.eye(200)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 150), st.integers(1, 6), st.integers(0, 200), st.integers(0, 2**32 - 1))
def test_the_nearest_is_what_brute_force_finds(rows: int, width: int, first: int, seed: int) -> None:
    drawn = numpy.random.default_rng(seed).integers(-2, 3, (rows + 1, width))
    *vectors, query = [unit(*row) for row in drawn.tolist()]
    cosines = [sum(float(a) * float(b) for a, b in zip(v, query, strict=True)) for v in vectors[:first]]
    found = index_of(*vectors).nearest(query, first=first)
    if not cosines:
        assert found is None
        return
    assert found is not None
    row, cosine = found
    assert cosine == pytest.approx(max(cosines), abs=1e-5)
    assert row < first and cosines[row] == pytest.approx(cosine, abs=1e-5)
