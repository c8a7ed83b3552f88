"""A cache by content: each distinct key is computed once, in order, by any number of threads."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.remembered import Remembered

Ask = Callable[[Remembered[str, str], list[str]], list[str]]


class Upper:
    """Computes capitals, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def now(self, keys: list[str]) -> list[str]:
        self.asked.append(keys)
        return [key.upper() for key in keys]

    async def later(self, keys: list[str]) -> list[str]:
        await asyncio.sleep(0)
        return self.now(keys)


@pytest.fixture(params=["of", "of_now"])
def upper(request: pytest.FixtureRequest) -> tuple[Upper, Ask]:
    """A function, and a way to ask for its values: by waiting or not."""
    function = Upper()
    asked_later: Ask = lambda known, keys: asyncio.run(known.of(keys, function.later))  # noqa: E731
    asked_now: Ask = lambda known, keys: known.of_now(keys, function.now)  # noqa: E731
    return function, asked_later if request.param == "of" else asked_now


def test_values_come_in_the_order_of_the_keys_and_each_is_computed_once(upper: tuple[Upper, Ask]) -> None:
    function, ask = upper
    known: Remembered[str, str] = Remembered()
    assert ask(known, ["b", "a", "b"]) == ["B", "A", "B"]
    assert ask(known, ["c", "a", "b", "c"]) == ["C", "A", "B", "C"]
    assert function.asked == [["b", "a"], ["c"]]


def test_nothing_is_computed_where_all_is_known(upper: tuple[Upper, Ask]) -> None:
    function, ask = upper
    known: Remembered[str, str] = Remembered()
    assert ask(known, []) == []
    ask(known, ["a"])
    assert ask(known, ["a", "a"]) == ["A", "A"]
    assert function.asked == [["a"]]


def test_the_value_asked_for_longest_ago_is_forgotten_first(upper: tuple[Upper, Ask]) -> None:
    function, ask = upper
    known: Remembered[str, str] = Remembered(max_items=2)
    ask(known, ["a", "b"])
    ask(known, ["a"])
    ask(known, ["c"])  # b goes, a was asked for since
    assert ask(known, ["a", "b"]) == ["A", "B"]
    assert function.asked == [["a", "b"], ["c"], ["b"]]


def test_more_keys_than_are_kept_get_their_values_all_the_same(upper: tuple[Upper, Ask]) -> None:
    function, ask = upper
    known: Remembered[str, str] = Remembered(max_items=2)
    assert ask(known, ["a", "b", "c", "a"]) == ["A", "B", "C", "A"]
    ask(known, ["b", "c"])
    assert function.asked == [["a", "b", "c"]]


def test_what_the_function_raises_is_raised_and_nothing_is_kept() -> None:
    known: Remembered[str, str] = Remembered()

    def fails(keys: list[str]) -> list[str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        known.of_now(["a"], fails)
    assert known.of_now(["a"], Upper().now) == ["A"]


def test_a_function_that_gives_too_few_values_is_an_error() -> None:
    known: Remembered[str, str] = Remembered()
    with pytest.raises(ValueError, match="shorter"):
        known.of_now(["a", "b"], lambda keys: ["A"])


def test_none_is_a_value_like_any_other() -> None:
    known: Remembered[str, None] = Remembered()
    asked: list[list[str]] = []
    for _ in range(2):
        assert known.of_now(["a"], lambda keys: asked.append(keys) or [None]) == [None]  # type: ignore[func-returns-value]
    assert asked == [["a"]]


def test_it_pickles_empty_and_keeps_its_size() -> None:
    known: Remembered[str, str] = Remembered(max_items=1)
    known.of_now(["a"], Upper().now)
    again = pickle.loads(pickle.dumps(known))
    function = Upper()
    assert again.of_now(["a"], function.now) == ["A"]
    again.of_now(["b"], function.now)
    again.of_now(["a"], function.now)
    assert function.asked == [["a"], ["b"], ["a"]]


def test_several_threads_get_the_right_values_while_others_are_forgotten() -> None:
    known: Remembered[int, int] = Remembered(max_items=5)

    def ask(start: int) -> bool:
        keys = [(start + i) % 20 for i in range(7)]
        return known.of_now(keys, lambda missing: [key * key for key in missing]) == [k * k for k in keys]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(2000)))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), max_size=8))
def test_it_agrees_with_the_function_whatever_is_asked(size: int, calls: list[list[str]]) -> None:
    known: Remembered[str, str] = Remembered(max_items=size)
    function = Upper()
    for keys in calls:
        assert known.of_now(keys, function.now) == [key.upper() for key in keys]
    assert all(len(set(keys)) == len(keys) > 0 for keys in function.asked)
