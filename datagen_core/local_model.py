"""Heavy models on this machine: loaded once per process, on first use, and used in one thread of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from datagen_core.errors import DatagenError, PluginError

M = TypeVar("M")
R = TypeVar("R")


class _Worker:
    """A model and its thread."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="local-model")
        self.model: Any = None


_WORKERS: dict[Hashable, _Worker] = {}
_LOCK = threading.Lock()


class LocalModel(Generic[M]):
    """A model that components share by its key. Building this loads nothing.

    Args:
        key: What the model is: its library, its path or name, and whatever else decides its answers.
        load: Makes it ready; called in its thread, once per process and key, when it is first asked.

    Example:
        >>> LocalModel(("upper",), lambda: str.upper).run_now(lambda model: model("loud"))
        'LOUD'
    """

    def __init__(self, key: tuple[str, ...], load: Callable[[], M]) -> None:
        self.key, self._load = key, load

    async def run(self, work: Callable[[M], R]) -> R:
        """What `work` makes of the model; others go on while it does. What it raises is raised here."""
        return await asyncio.wrap_future(self._worker().thread.submit(self._done, work))

    def run_now(self, work: Callable[[M], R]) -> R:
        """The same, for callers that can't wait any other way."""
        return self._worker().thread.submit(self._done, work).result()

    def _done(self, work: Callable[[M], R]) -> R:
        worker = self._worker()
        if worker.model is None:
            worker.model = self._load()
        return work(worker.model)

    def _worker(self) -> _Worker:
        with _LOCK:
            return _WORKERS.setdefault(self.key, _Worker())


def missing_weights(name: str, error: Exception) -> DatagenError:
    """The error for a model whose weights aren't on this machine, with the command that gets them.

    Args:
        name: A folder, or a name on the Hugging Face hub.
        error: What the library raised; its first line is shown.
    """
    said = str(error).strip().splitlines()
    is_path = name.startswith((".", "/", "~")) or name.count("/") > 1
    return PluginError(
        f"the model {name!r} can't be loaded: {said[0][:200] if said else type(error).__name__}",
        expected="its weights on this machine: a folder, or a model of the hub that was downloaded before",
        hint="correct the path" if is_path else f"hf download {name}",
    )
