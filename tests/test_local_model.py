"""Models on this machine: loaded once per key, on first use, in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from datagen_core.errors import PluginError
from datagen_core.local_model import LocalModel, missing_weights

_keys = count()


@pytest.fixture
def key() -> tuple[str, ...]:
    """A key that no other test has."""
    return ("test", str(next(_keys)))


class Loader:
    """Loads str.upper, and notes in which threads; first fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.threads: list[int] = []
        self.failures = failures

    def __call__(self) -> Callable[[str], str]:
        self.threads.append(threading.get_ident())
        if len(self.threads) <= self.failures:
            raise OSError(f"no weights, try {len(self.threads)}")
        return str.upper


def loud(model: Any) -> str:
    return str(model("loud"))


def test_building_one_loads_nothing(key: tuple[str, ...]) -> None:
    loader = Loader()
    model = LocalModel(key, loader)
    assert loader.threads == []
    assert model.run_now(loud) == "LOUD"
    assert len(loader.threads) == 1


def test_all_that_share_a_key_share_one_model(key: tuple[str, ...]) -> None:
    loaders = [Loader(), Loader()]
    first, second = (LocalModel(key, loader) for loader in loaders)
    assert first.run_now(id) == second.run_now(id) == first.run_now(id)
    assert [len(loader.threads) for loader in loaders] == [1, 0]


def test_another_key_is_another_model(key: tuple[str, ...]) -> None:
    first, second = LocalModel((*key, "a"), lambda: "a"), LocalModel((*key, "b"), lambda: "b")
    assert [first.run_now(str), second.run_now(str)] == ["a", "b"]


def test_it_is_loaded_and_used_in_one_thread_that_is_not_the_callers(key: tuple[str, ...]) -> None:
    loader = Loader()
    model = LocalModel(key, loader)
    used = {model.run_now(lambda _: threading.get_ident()) for _ in range(3)}
    used.add(asyncio.run(model.run(lambda _: threading.get_ident())))
    assert used == set(loader.threads) and threading.get_ident() not in used


def test_many_threads_that_ask_first_load_it_once(key: tuple[str, ...]) -> None:
    loader = Loader()
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda _: LocalModel(key, loader).run_now(loud), range(40)))
    assert said == ["LOUD"] * 40 and len(loader.threads) == 1


def test_what_the_work_raises_is_raised_where_it_was_asked_and_the_model_stays(key: tuple[str, ...]) -> None:
    loader = Loader()
    model = LocalModel(key, loader)
    with pytest.raises(AttributeError, match="no_such"):
        model.run_now(lambda found: found.no_such)
    with pytest.raises(AttributeError, match="no_such"):
        asyncio.run(model.run(lambda found: found.no_such))
    assert model.run_now(loud) == "LOUD" and len(loader.threads) == 1


def test_a_load_that_failed_is_raised_and_tried_again(key: tuple[str, ...]) -> None:
    loader = Loader(failures=2)
    model = LocalModel(key, loader)
    with pytest.raises(OSError, match="try 1"):
        model.run_now(loud)
    with pytest.raises(OSError, match="try 2"):
        asyncio.run(model.run(loud))
    assert model.run_now(loud) == "LOUD" and len(loader.threads) == 3


def test_others_go_on_while_it_works(key: tuple[str, ...]) -> None:
    model, may_end = LocalModel(key, Loader()), threading.Event()

    def waits(found: Callable[[str], str]) -> str:
        assert may_end.wait(10)
        return found("done")

    async def together() -> list[str]:
        work = asyncio.create_task(model.run(waits))
        said = []
        for _ in range(3):
            await asyncio.sleep(0)
            said.append("other work")
        may_end.set()  # by the loop, which would never come here if the model held it
        return [*said, await work]

    assert asyncio.run(together()) == [*["other work"] * 3, "DONE"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("org/model", "hf download org/model"),
        ("model", "hf download model"),
        ("./models/mine", "correct the path"),
        ("/models/mine", "correct the path"),
        ("~/models", "correct the path"),
        ("models/of/mine", "correct the path"),
    ],
)
def test_missing_weights_are_answered_with_the_command_that_gets_them(name: str, hint: str) -> None:
    error = missing_weights(name, OSError("\nno file config.json\nand much more"))
    assert isinstance(error, PluginError)
    assert error.message == f"the model {name!r} can't be loaded: no file config.json"
    assert error.hint == hint


def test_an_error_that_says_nothing_is_named_and_a_long_one_is_cut() -> None:
    assert missing_weights("m", KeyError()).message.endswith("loaded: KeyError")
    assert missing_weights("m", ValueError("x" * 1000)).message.endswith(f"loaded: {'x' * 200}")
