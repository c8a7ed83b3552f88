import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import MonkeyPatch

from datagen_core.near_duplicates import key_table
from datagen_core.near_duplicates.key_table import KeyTable

keys = st.lists(st.integers(0, 6) | st.integers(2**64 - 4, 2**64 - 1), max_size=5)


def as_keys(values: list[int]) -> key_table.Keys:
    return np.array(values, dtype=np.uint64)


@settings(max_examples=100)
@given(st.lists(keys, max_size=40), keys, st.sampled_from([1, 3, 10, 1000]))
def test_rows_are_found_by_any_of_their_keys_before_and_after_sorting_in(
    added: list[list[int]], wanted: list[int], waiting: int
) -> None:
    with MonkeyPatch.context() as patch:
        patch.setattr(key_table, "WAITING", waiting)
        table = KeyTable()
        for row, values in enumerate(added):
            table.add(as_keys(values), row)
        expected = [row for row, values in enumerate(added) if set(values) & set(wanted)]
        assert table.rows(as_keys(wanted)).tolist() == expected


def test_an_empty_table_has_no_rows() -> None:
    assert KeyTable().rows(as_keys([1, 2])).tolist() == []


def test_32_bit_keys_stay_32_bit() -> None:
    table = KeyTable(np.uint32)
    for row in range(3):
        table.add(np.arange(key_table.WAITING, dtype=np.uint32), row)
    assert {run.keys.dtype for run in table._runs} == {np.dtype(np.uint32)}
    assert table.rows(np.array([5], dtype=np.uint32)).tolist() == [0, 1, 2]


def test_runs_stay_few() -> None:
    table = KeyTable()
    for row in range(64):
        table.add(as_keys(list(range(row * key_table.WAITING, (row + 1) * key_table.WAITING))), row)
    assert len(table._runs) <= 7
    assert table.rows(as_keys([0, 63 * key_table.WAITING])).tolist() == [0, 63]
