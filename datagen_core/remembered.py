"""Values computed once for equal content: scores of local models, embeddings."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """A cache by content, of the latest so many values; for several threads; pickles empty.

    Keys are whatever decides the value, such as a text or a pair of texts.
    """

    def __init__(self, max_items: int = 100_000) -> None:
        self.max_items = max_items
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Remembered[K, V]], tuple[int]]:
        return type(self), (self.max_items,)

    async def of(self, keys: Sequence[K], compute: Callable[[list[K]], Awaitable[Sequence[V]]]) -> list[V]:
        """The values of keys, in order; `compute` is given the distinct ones that aren't known, if there are any."""
        found, missing = self._known(keys)
        computed = await compute(missing) if missing else ()
        return self._taken(keys, found, missing, computed)

    def of_now(self, keys: Sequence[K], compute: Callable[[list[K]], Sequence[V]]) -> list[V]:
        """The same by a function that doesn't wait."""
        found, missing = self._known(keys)
        computed = compute(missing) if missing else ()
        return self._taken(keys, found, missing, computed)

    def _known(self, keys: Sequence[K]) -> tuple[dict[K, V], list[K]]:
        found, missing = {}, []
        with self._lock:
            for key in dict.fromkeys(keys):
                if key in self._values:
                    self._values.move_to_end(key)
                    found[key] = self._values[key]
                else:
                    missing.append(key)
        return found, missing

    def _taken(
        self, keys: Sequence[K], found: dict[K, V], missing: Sequence[K], computed: Sequence[V]
    ) -> list[V]:
        found |= zip(missing, computed, strict=True)
        with self._lock:
            for key in missing:
                self._values[key] = found[key]
            while len(self._values) > self.max_items:
                self._values.popitem(last=False)
        return [found[key] for key in keys]
