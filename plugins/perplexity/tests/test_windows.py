from __future__ import annotations

import pytest
from datagen_plugin_perplexity.language_model import Window, batches, windows
from hypothesis import given
from hypothesis import strategies as st


def test_windows_move_by_the_stride_and_measure_what_was_not_measured_before() -> None:
    """Ten tokens, the first of them the beginning: as in transformers' own example, by hand."""
    ids = list(range(10))
    assert list(windows(0, ids, 9, 4, 2)) == [
        Window(0, [0, 1, 2, 3], 3),
        Window(0, [2, 3, 4, 5], 2),
        Window(0, [4, 5, 6, 7], 2),
        Window(0, [6, 7, 8, 9], 2),
    ]


def test_what_fits_is_one_window() -> None:
    assert list(windows(7, [5, 6, 7], 2, 3, 1)) == [Window(7, [5, 6, 7], 2)]


def test_windows_over_what_stands_before_alone_are_left_out() -> None:
    assert list(windows(0, list(range(10)), 2, 4, 2)) == [Window(0, [6, 7, 8, 9], 2)]


@given(st.integers(2, 60), st.data())
def test_each_token_is_measured_once_given_what_the_stride_leaves_before_it(
    n: int, data: st.DataObject
) -> None:
    measured = data.draw(st.integers(1, n - 1))
    max_tokens = data.draw(st.integers(2, 20))
    stride = data.draw(st.integers(1, max_tokens - 1))
    ids = list(range(n))
    seen: list[int] = []
    for window in windows(0, ids, measured, max_tokens, stride):
        own = window.ids[-window.measured :]
        seen += own
        before = len(window.ids) - window.measured
        assert len(window.ids) <= max_tokens
        assert before >= min(own[0], max_tokens - stride)
    assert seen == ids[-measured:]


def test_batches_hold_so_many_tokens_with_their_padding() -> None:
    waiting = [Window(i, [0] * n, 1) for i, n in enumerate((2, 2, 3, 5, 9))]
    sizes = [[len(window.ids) for window in batch] for batch in batches(waiting, 9)]
    assert sizes == [[2, 2, 3], [5], [9]]
    assert [window for batch in batches(waiting, 1) for window in batch] == waiting


@pytest.mark.parametrize("most", [1, 100])
def test_no_windows_are_no_batches(most: int) -> None:
    assert list(batches([], most)) == []
