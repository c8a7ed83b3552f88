"""Which of the seeds is next, so that each gets its turn, whatever batches are under way at once."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Seed

K = TypeVar("K", bound=Hashable)


class Turns(Generic[K]):
    """Whose turn it is: the row used least, each use counted.

    Among equally used ones the order is drawn for the run and taken up further on by each batch: batches under
    way at once don't see what the others use, and would otherwise use the same rows.

    Args:
        seeds: The rows.
        fits: Whether a row, by its place in `seeds`, can serve a wish.
        uses: By the row's id.
        run: What the order is drawn from.
        start: How many rows the batches before asked for.
    """

    def __init__(
        self,
        seeds: Sequence[Seed],
        fits: Callable[[int, K], bool],
        uses: Mapping[str, int],
        *,
        run: str,
        start: int,
    ) -> None:
        self._seeds, self._fits, self._uses = seeds, fits, uses
        self._order = _steps(len(seeds), random.Random(run), start)
        self._queues: dict[K, list[tuple[int, int, int]]] = {}

    @classmethod
    def of_request(
        cls,
        request: GenerateRequest,
        seeds: Sequence[Seed],
        fits: Callable[[int, K], bool],
        *,
        rows: int | None = None,
    ) -> Turns[K]:
        """The turns of a batch: a seed's uses are the rows that this arm tried with it, and those accepted from any.

        Args:
            rows: How many turns there are in a batch; by default as many as rows are wanted.
        """
        uses = dict(request.pool.sources())
        for source, tries in request.pool.tried(request.origin.arm).items():
            uses[source] = uses.get(source, 0) + tries
        run = f"{request.origin.fingerprint}|{request.origin.seed}"
        start = request.origin.batch * (request.n if rows is None else rows)
        return cls(seeds, fits, uses, run=run, start=start)

    def next(self, wish: K) -> Seed | None:
        """The row that is next of those that fit a wish; None where none does."""
        if wish not in self._queues:
            self._queues[wish] = self._queue(wish)
        queue = self._queues[wish]
        if not queue:
            return None
        uses, place, row = queue[0]
        heapq.heapreplace(queue, (uses + 1, place, row))
        return self._seeds[row]

    def _queue(self, wish: K) -> list[tuple[int, int, int]]:
        """Rows as (uses, place, row), the next one first."""
        fitting = [
            (self._uses.get(self._seeds[row].id, 0), place, row)
            for place, row in enumerate(self._order)
            if self._fits(row, wish)
        ]
        heapq.heapify(fitting)
        return fitting


def _steps(n: int, rng: random.Random, start: int) -> list[int]:
    """0 … n-1, each once, in steps of a length that has no factor in common with n."""
    if not n:
        return []
    first, step = rng.randrange(n), rng.randrange(n) + 1
    while math.gcd(step, n) > 1:
        step += 1
    return [(first + (start + place) * step) % n for place in range(n)]
