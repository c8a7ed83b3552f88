from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest

from datagen_core.llm.limiter import Limiter, Limits
from datagen_core.llm.rate import Bucket
from datagen_core.testing.virtual_time import in_virtual_time, now

QUICK_REFUSAL_S = 0.002


@dataclass
class Server:
    """Answers in 20 to 80 ms, refuses at once what is beyond its cap or its rate, and some calls at random."""

    cap: int = 1000
    stray: float = 0.0
    per_s: float | None = None
    retry_after_s: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.busy = 0
        self.seen: Counter[str] = Counter()
        self.level, self.at = self.per_s or 0.0, 0.0

    async def call(self) -> bool:
        if self.busy >= self.cap or self.rng.random() < self.stray or not self._has_rate():
            self.seen["429"] += 1
            await asyncio.sleep(QUICK_REFUSAL_S)
            return False
        self.busy += 1
        await asyncio.sleep(self.rng.uniform(0.02, 0.08))
        self.busy -= 1
        self.seen["ok"] += 1
        return True

    def _has_rate(self) -> bool:
        if self.per_s is None:
            return True
        self.level = min(self.per_s, self.level + (now() - self.at) * self.per_s)
        self.at = now()
        if self.level < 1:
            return False
        self.level -= 1
        return True


def adaptive(server: Server, calls: int, limits: Limits | None = None) -> tuple[float, float]:
    """Calls per second, and the share of refusals, of all calls made at once through a limiter.

    The last 5 % aren't timed: at the end single calls wait for what Retry-After asks, whatever the limiter does.
    """
    timed, ends = int(0.95 * calls), []

    async def work() -> None:
        limiter = Limiter(limits or Limits(), clock=now)
        rng = random.Random(1)

        async def one() -> None:
            tries = 0
            while True:
                slot = await limiter.acquire(again=tries > 0)
                limiter.begin(slot)
                if await server.call():
                    limiter.succeeded(slot)
                    ends.append(now())
                    return
                limiter.refused(slot, retry_after_s=server.retry_after_s)
                wait_s = rng.uniform(0, min(30, 0.25 * 2**tries))
                await asyncio.sleep(max(server.retry_after_s or 0.0, wait_s))
                tries += 1

        await asyncio.gather(*(one() for _ in range(calls)))
        assert limiter.in_flight == 0

    in_virtual_time(work)
    assert server.seen["ok"] == calls
    return timed / ends[timed - 1], server.seen["429"] / server.seen.total()


@cache
def undisturbed(calls: int) -> float:
    """The goodput where nothing is refused; the same whenever it is asked, in virtual time."""
    return adaptive(Server(), calls)[0]


def fixed(server: Server, calls: int, at_once: int) -> float:
    """Calls per second of so many loops that try again at once."""

    async def work() -> float:
        left = calls

        async def loop() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                while not await server.call():
                    pass

        await asyncio.gather(*(loop() for _ in range(at_once)))
        return now()

    return calls / in_virtual_time(work)


@pytest.mark.parametrize("retry_after_s", [None, 1.0])
@pytest.mark.parametrize("cap", [24, 6])
def test_a_hidden_cap_is_used_well_and_seldom_passed(cap: int, retry_after_s: float | None) -> None:
    best = max(fixed(Server(cap=cap), 3000, at_once) for at_once in (4, cap, 64))
    goodput, refused = adaptive(Server(cap=cap, retry_after_s=retry_after_s), 3000)
    assert goodput >= 0.8 * best
    assert refused <= 0.10


@pytest.mark.parametrize("retry_after_s", [None, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_stray_refusals_dont_collapse_it(retry_after_s: float | None, seed: int) -> None:
    clean = undisturbed(20_000)
    goodput, _ = adaptive(Server(stray=0.05, retry_after_s=retry_after_s, seed=seed), 20_000)
    assert goodput >= 0.8 * clean


def test_one_stray_refusal_changes_nothing() -> None:
    async def work() -> float:
        limiter = Limiter(Limits(max_in_flight=10), clock=now)
        for at in range(100):
            slot = await limiter.acquire()
            limiter.begin(slot)
            limiter.refused(slot) if at == 50 else limiter.succeeded(slot)
        return limiter.limit

    assert in_virtual_time(work) == 10


def test_a_burst_of_refusals_cuts_once() -> None:
    async def work() -> list[float]:
        limiter = Limiter(Limits(max_in_flight=40), clock=now)
        slots = [await limiter.acquire() for _ in range(40)]
        for slot in slots:
            limiter.begin(slot)
        seen = []
        for slot in slots:
            limiter.refused(slot)
            seen.append(limiter.limit)
        return seen

    limits = in_virtual_time(work)
    assert sorted(set(limits)) == [20.0, 40.0]


def test_an_endpoint_that_refuses_most_is_left_alone_as_long_as_it_asks() -> None:
    async def work() -> float:
        limiter = Limiter(Limits(), clock=now)
        slots = [await limiter.acquire() for _ in range(Limits().max_in_flight)]
        for slot in slots:
            limiter.begin(slot)
        for slot in slots:
            limiter.refused(slot, retry_after_s=7.0)
        await limiter.acquire()
        return now()

    assert in_virtual_time(work) == pytest.approx(7.0)


def test_it_never_has_more_in_flight_than_it_may() -> None:
    async def work() -> None:
        limiter = Limiter(Limits(max_in_flight=5), clock=now)

        async def one() -> None:
            slot = await limiter.acquire()
            limiter.begin(slot)
            assert limiter.in_flight <= 5
            await asyncio.sleep(0.1)
            limiter.succeeded(slot)

        await asyncio.gather(*(one() for _ in range(200)))
        assert limiter.limit == 5

    in_virtual_time(work)


def test_who_gives_up_waiting_takes_no_slot() -> None:
    async def work() -> int:
        limiter = Limiter(Limits(max_in_flight=1), clock=now)
        first = await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(1)
        waiting.cancel()
        limiter.drop(first)
        slot = await limiter.acquire()
        limiter.drop(slot)
        return limiter.in_flight

    assert in_virtual_time(work) == 0


def test_a_cancel_that_crosses_with_the_slot_gives_it_back() -> None:
    async def work() -> int:
        limiter = Limiter(Limits(max_in_flight=1), clock=now)
        first = await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(1)
        limiter.drop(first)  # hands its slot on …
        waiting.cancel()  # … to one who is cancelled before it wakes
        await asyncio.gather(waiting, return_exceptions=True)
        return limiter.in_flight

    assert in_virtual_time(work) == 0


def test_a_told_rate_is_kept_and_meets_almost_no_refusal() -> None:
    goodput, refused = adaptive(Server(per_s=30, retry_after_s=1.0), 300, Limits(rpm=1800))
    assert goodput >= 0.9 * 30
    assert refused <= 0.05


def test_an_untold_rate_is_found() -> None:
    goodput, refused = adaptive(Server(per_s=30, retry_after_s=1.0), 300)
    assert goodput >= 0.7 * 30
    assert refused <= 0.30


def test_tokens_per_minute_are_corrected_by_what_was_used() -> None:
    async def work() -> float:
        limiter = Limiter(Limits(tpm=6000), clock=now)  # 100 tokens a second, 50 at once
        for _ in range(20):
            slot = await limiter.acquire(likely_tokens=50)
            limiter.begin(slot)
            limiter.succeeded(slot, used_tokens=10)
        return now()

    # 200 tokens were used; 50 were there, and the last call had to see 50 free.
    assert in_virtual_time(work) == pytest.approx((190 + 50 - 50) / 100, abs=0.01)


def test_a_bucket_lets_more_than_it_holds_go_when_it_is_full() -> None:
    time = [0.0]
    bucket = Bucket(60, clock=lambda: time[0])
    assert bucket.wait_s(10) == 0
    bucket.take(10)
    assert bucket.wait_s(1) == pytest.approx(10.0)
    time[0] = 10.0
    assert bucket.wait_s(1) == 0
