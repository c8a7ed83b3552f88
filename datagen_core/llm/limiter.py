"""How many calls an endpoint gets at once: found out by asking, never told by one stray refusal.

Additive increase, multiplicative decrease (AIMD), decided once per epoch: as many calls as may be in flight, at
least 20, counted only if they were sent after the last cut, so that a burst of refusals cuts once. Where
data-designer's limiter cuts at each 429 (5 % of stray ones hold it near one call at a time), an epoch here cuts
only by the share of refusals that is beyond strays, and a refused call's slot rests for one typical latency: so
that an endpoint that is full gets at most one refused call per slot and latency.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from datagen_core.llm.rate import Bucket

SMALLEST_EPOCH = 20
GROWS_UP_TO = 0.06
"""Share of refusals up to which an epoch adds one: above the 5 % of strays that busy providers show."""
CUTS_ABOVE = 0.12
"""Share above which an epoch cuts; 7 calls where 6 fit are refused to 14 %."""
DEEPEST_CUT = 0.5
AT_HAND = 2.0
"""Calls at hand per slot: answers come in bursts, and new batches are begun only when one is committed."""
LONGEST_REST_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is told about an endpoint; the rest is found out.

    Attributes:
        max_in_flight: The most calls at once, and where it begins: from 32, a run of 1,000 calls takes 6 % longer.
        rpm, tpm: Calls and tokens per minute, where the provider has such limits.
    """

    max_in_flight: int = 64
    rpm: float | None = None
    tpm: float | None = None


@dataclass(slots=True)
class Slot:
    """Leave to send one call: begun when it is sent, given back to the limiter in the end."""

    epoch: int
    started: float
    likely_tokens: int


class Limiter:
    """One endpoint's calls in flight, shared by all that call it.

    Args:
        clock: Seconds, monotonic; `sleep` must agree with it.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.limit = float(limits.max_in_flight)
        self._limits = limits
        self._clock, self._sleep = clock, sleep
        self._buckets = [
            (Bucket(rate, clock=clock), counts_tokens)
            for rate, counts_tokens in ((limits.rpm, False), (limits.tpm, True))
            if rate is not None
        ]
        self._retry_at = 0.0
        self._waiting: deque[tuple[asyncio.Future[Slot], int]] = deque()
        self._resting: list[float] = []
        self._in_flight = 0
        self._latency_s = 1.0
        self._has_latency = False
        self._paused_until = 0.0
        self._timer: asyncio.Task[None] | None = None
        self._timer_at = 0.0
        self._epoch = 0
        self._begin_epoch()

    @property
    def in_flight(self) -> int:
        """Calls that hold a slot."""
        return self._in_flight

    @property
    def appetite(self) -> int:
        """How many more calls should be at hand, in flight or waiting, so that none of the slots ever idles."""
        return int(AT_HAND * self._limits.max_in_flight) - self._in_flight - len(self._waiting)

    async def acquire(self, likely_tokens: int = 0, *, again: bool = False) -> Slot:
        """Waits for leave to send; a call that is sent again goes before new ones."""
        future: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        entry = (future, likely_tokens)
        if again:
            self._waiting.appendleft(entry)
        else:
            self._waiting.append(entry)
        self._hand_out()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.drop(future.result())
            raise

    def begin(self, slot: Slot) -> None:
        """The call of a slot is sent now."""
        slot.epoch, slot.started = self._epoch, self._clock()
        self._starts += 1

    def drop(self, slot: Slot) -> None:
        """Gives back a slot whose call was never sent."""
        self._end(slot, used_tokens=0)

    def succeeded(self, slot: Slot, *, used_tokens: int | None = None) -> None:
        """The endpoint answered."""
        took = self._clock() - slot.started
        self._latency_s += 0.1 * (took - self._latency_s) if self._has_latency else took - self._latency_s
        self._has_latency = True
        self._count(slot, is_refused=False)
        self._end(slot, used_tokens=used_tokens)

    def failed(self, slot: Slot) -> None:
        """The call failed for another reason than a limit."""
        self._count(slot, is_refused=False)
        self._end(slot, used_tokens=None)

    def refused(self, slot: Slot, *, retry_after_s: float | None = None) -> None:
        """The endpoint refused for its limit (429)."""
        now = self._clock()
        self._retry_at = max(self._retry_at, now + (retry_after_s or 0.0))
        heapq.heappush(self._resting, now + min(self._latency_s, LONGEST_REST_S))
        self._count(slot, is_refused=True)
        self._end(slot, used_tokens=0)

    # -- epochs ---------------------------------------------------------------------------------------------

    def _begin_epoch(self) -> None:
        self._starts = self._outcomes = self._refusals = 0
        self._retry_at = 0.0
        self._was_full = False

    def _count(self, slot: Slot, *, is_refused: bool) -> None:
        if slot.epoch != self._epoch:
            return
        self._outcomes += 1
        self._refusals += is_refused
        size = max(SMALLEST_EPOCH, int(self.limit))
        if self._outcomes >= size or (self._refusals >= 2 and self._refusals > self.limit / 2):
            # Refusals come back at once, answers later: of what was sent, not of what came back so far.
            self._decide(self._refusals / max(self._starts, self._outcomes))

    def _decide(self, share: float) -> None:
        if share > CUTS_ABOVE:
            self._epoch += 1
            self.limit = max(1.0, self.limit * max(DEEPEST_CUT, 1 - share))
            if share > 0.5:
                self._paused_until = max(self._paused_until, self._retry_at)
        elif share <= GROWS_UP_TO and self._was_full:
            self.limit = min(float(self._limits.max_in_flight), self.limit + 1.0)
        self._begin_epoch()

    # -- slots ----------------------------------------------------------------------------------------------

    def _end(self, slot: Slot, *, used_tokens: int | None) -> None:
        self._in_flight -= 1
        if used_tokens is not None:
            for bucket, counts_tokens in self._buckets:
                if counts_tokens:
                    bucket.take(used_tokens - slot.likely_tokens)
        self._hand_out()

    def _hand_out(self) -> None:
        now = self._clock()
        while self._resting and self._resting[0] <= now:
            heapq.heappop(self._resting)
        while self._waiting:
            future, tokens = self._waiting[0]
            if future.done():
                self._waiting.popleft()
                continue
            is_full = self._in_flight + len(self._resting) >= int(self.limit)
            self._was_full |= is_full
            wait_s = self._wait_s(tokens, now)
            if is_full or wait_s > 0:
                if self._resting and is_full:
                    wait_s = max(wait_s, self._resting[0] - now)
                if wait_s > 0:
                    self._wake_at(now + wait_s)
                return
            self._waiting.popleft()
            for bucket, counts_tokens in self._buckets:
                bucket.take(tokens if counts_tokens else 1)
            self._in_flight += 1
            self._was_full |= self._in_flight + len(self._resting) >= int(self.limit)
            future.set_result(Slot(self._epoch, now, tokens))

    def _wait_s(self, tokens: int, now: float) -> float:
        waits = [bucket.wait_s(tokens if counts_tokens else 1) for bucket, counts_tokens in self._buckets]
        return max([self._paused_until - now, *waits])

    def _wake_at(self, at: float) -> None:
        if self._timer is not None and not self._timer.done():
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = asyncio.ensure_future(self._wake(at))

    async def _wake(self, at: float) -> None:
        await self._sleep(max(0.0, at - self._clock()))
        self._timer = None
        self._hand_out()
