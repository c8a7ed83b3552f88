"""What one batch makes of which chunk, so that a run's target is spread over all chunks exactly."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from datagen_core.documents.allocation import allocate
from datagen_core.errors import InputError
from datagen_core.generator import Origin
from datagen_core.inputs import Inputs, Seed
from datagen_core.refusal import Refusal


def chunks_to_ask_about(inputs: Inputs) -> tuple[Seed, ...]:
    """The chunks of a run's documents; raises InputError where there are none."""
    if not inputs.chunks:
        raise InputError(
            "there is no text to ask about",
            where="documents",
            expected="at least one document with text in it",
            hint="name files, folders or a knowledge base under documents:",
        )
    return inputs.chunks


@dataclass(frozen=True, slots=True)
class Spread:
    """What each chunk still lacks of its share of a run's target. Chunks go by their places.

    Attributes:
        target: The run's.
        shares: Rows that a chunk is to give in all.
        lacking: Rows of them that are still to be made.
        room: Rows that it could give beyond these.
        shortfall: Rows of the target that no chunk can give.
    """

    target: int
    shares: tuple[int, ...]
    lacking: tuple[int, ...]
    room: tuple[int, ...]
    shortfall: int

    @classmethod
    def of(
        cls, target: int, weights: Sequence[int], have: Sequence[int], left: Sequence[int], *, most: int
    ) -> Spread:
        """The target allocated by weight (see `allocate`), less what there is.

        Args:
            weights: One a chunk; a chunk of weight 0 gets nothing.
            have: Rows that a chunk has given.
            left: Rows that could still be made of it.
            most: Rows that any chunk may give.
        """
        caps = [min(most, given + more) for given, more in zip(have, left, strict=True)]
        shares = allocate(target, weights, caps)
        lacking = [
            max(0, min(part - given, more))
            for part, given, more in zip(shares.parts, have, left, strict=True)
        ]
        room = [max(0, cap - given - lacks) for cap, given, lacks in zip(caps, have, lacking, strict=True)]
        return cls(target, shares.parts, tuple(lacking), tuple(room), shares.shortfall)

    def drawn(self, n: int, origin: Origin) -> list[int]:
        """Up to n chunks to ask, one for each row: what they lack; where few rows pass, a reserve after it.

        The order is drawn for the run and taken up further on by each batch: batches under way at once, which don't see
        each other's rows, ask different chunks. With more than twice as many rows wanted as are lacking, fewer than
        half are expected to pass: to wait for the next batch might end the run.
        """
        lacking = sum(self.lacking)
        drawn = list(self._slots(min(n, lacking), origin.batch * n, f"{origin.fingerprint}|{origin.seed}"))
        if n > 2 * lacking:
            reserve = allocate(n - lacking, self.lacking, self.room)
            drawn += [chunk for chunk, more in enumerate(reserve.parts) for _ in range(more)]
        return drawn

    def _slots(self, n: int, start: int, run: str) -> Iterator[int]:
        """The chunks of the next n rows that are lacking, in steps over all rows of the shares."""
        ends = list(accumulate(self.shares))
        total, rng = sum(self.shares), random.Random(run)
        first, step = rng.randrange(total or 1), _step(total, rng)
        at = start
        while n:
            place = (first + at * step) % total
            chunk = bisect_right(ends, place)
            if ends[chunk] - place <= self.lacking[chunk]:
                n -= 1
                yield chunk
            at += 1

    def refusal(self, made: int, wanted: int) -> Refusal:
        """Why a batch makes fewer rows than it was asked for."""
        if self.shortfall:
            return Refusal(
                "chunks_exhausted",
                "every chunk has given max_per_chunk rows or has no question left",
                f"{self.shortfall} rows of the target that no chunk can give",
                self.target,
            )
        return Refusal(
            "chunk_shares_filled",
            "a batch makes no more rows than the chunks still lack of their shares",
            made,
            wanted,
        )


def over_asked(wanted: Sequence[int], caps: Sequence[int], *, passed: int, tried: int) -> tuple[int, ...]:
    """How often to ask each chunk so that so many rows are expected to come of it.

    The sum grows by 1 / pass rate, smoothed as (passed + 1) / (tried + 2); what that adds is spread in proportion.

    Args:
        caps: The most that each may be asked.

    Example:
        >>> over_asked([1, 1], [9, 9], passed=7, tried=10)
        (2, 1)
    """
    over, under = tried + 2, min(passed, tried) + 1
    total = -(-sum(wanted) * over // under)
    most = [min(cap, -(-rows * over // under)) for rows, cap in zip(wanted, caps, strict=True)]
    return allocate(total, wanted, most).parts


def _step(n: int, rng: random.Random) -> int:
    """A length of steps that has no factor in common with n: going round, each place is met once."""
    step = rng.randrange(n or 1) + 1
    while math.gcd(step, n) > 1:
        step += 1
    return step
