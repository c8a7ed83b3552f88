"""A circuit breaker: an endpoint that is down pauses the run instead of failing it row by row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from datagen_core.errors import RunPaused


class EndpointDown(RunPaused):
    """An endpoint gave no answer for longer than the run waits, or lets nobody in; all that was made is kept."""

    def __init__(self, endpoint: str, what: str, *, expected: str = "", hint: str = "") -> None:
        super().__init__(
            f"{endpoint} {what}",
            expected=expected or "an endpoint that answers",
            hint=hint or "nothing is lost: start the same command again when it is back",
        )
        self.endpoint = endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When an endpoint counts as down.

    Attributes:
        failures: So many in a row, over all calls, pause it. At a fault rate of 10 % that happens by chance
            once in 10^8 calls.
        probe_s, longest_probe_s: The first pause before one call tries again, and the longest, doubling.
        give_up_s: After so long without an answer the run ends, resumable.
        never_s: The same for an endpoint that never answered: its address is wrong, or it isn't running.
    """

    failures: int = 8
    probe_s: float = 1.0
    longest_probe_s: float = 15.0
    give_up_s: float = 300.0
    never_s: float = 20.0


class Breaker:
    """Closed while the endpoint answers; open after failures in a row; half-open while one call tries.

    Args:
        clock: Seconds, monotonic; `sleep` must agree with it.

    Attributes:
        say: Told when it opens, and "" when the endpoint is back.
    """

    def __init__(
        self,
        endpoint: str,
        patience: Patience,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.endpoint, self._patience = endpoint, patience
        self.say: Callable[[str], None] = lambda text: None
        self._clock, self._sleep = clock, sleep
        self._failures = 0
        self._is_known = False
        self._silent_since: float | None = None
        self._refused_since: float | None = None
        self._pause_s = 0.0
        self._probe_at = 0.0
        self._probed = asyncio.Event()
        self._probed.set()
        self._last = ""

    @property
    def is_open(self) -> bool:
        """Whether calls wait for the endpoint to come back."""
        return self._failures >= self._patience.failures

    async def admit(self) -> bool:
        """Waits while the endpoint is down; True for the one call that tries whether it is back.

        Who was admitted says how it went: `answered`, `failed`, or `left` when it wasn't sent after all.
        """
        while self.is_open:
            if not self._probed.is_set():
                await self._probed.wait()
            elif (wait_s := self._probe_at - self._clock()) > 0:
                self._give_up_if_due()
                await self._sleep(wait_s)
            else:
                self._probed.clear()
                return True
        return False

    def answered(self) -> None:
        """The endpoint is there, whatever it said."""
        if self.is_open:
            self.say("")
        self._failures, self._pause_s, self._is_known = 0, 0.0, True
        self._silent_since = self._refused_since = None
        self._probed.set()

    def refused(self, retry_after_s: float | None) -> None:
        """It said "not now". Raises EndpointDown when that is all it has said for too long, or will."""
        since = self._clock() if self._refused_since is None else self._refused_since
        self.answered()
        self._refused_since = since
        if (retry_after_s or 0.0) > self._patience.give_up_s:
            raise EndpointDown(self.endpoint, f"asks to wait for {retry_after_s:.0f} s: its limit is used up")
        if self._clock() - since >= self._patience.give_up_s:
            raise EndpointDown(
                self.endpoint, f"has refused every call (429) for {self._clock() - since:.0f} s"
            )

    def failed(self, what: str, *, is_probe: bool) -> None:
        """It didn't answer, or broke down: `what` says how, without keys or headers."""
        now = self._clock()
        was_open = self.is_open
        self._failures += 1
        self._last = what
        if self._silent_since is None:
            self._silent_since = now
        if self.is_open and (is_probe or not was_open):
            self._pause_s = min(self._patience.longest_probe_s, 2 * self._pause_s or self._patience.probe_s)
            self._probe_at = now + self._pause_s
        if self.is_open and not was_open:
            self.say(f"{self.endpoint} doesn't answer ({what}); the run waits and tries again")
        if is_probe:
            self._probed.set()

    def left(self, *, is_probe: bool) -> None:
        """An admitted call wasn't sent, or nobody waits for it any more: another may try."""
        if is_probe:
            self._probed.set()

    def _give_up_if_due(self) -> None:
        silent_s = 0.0 if self._silent_since is None else self._clock() - self._silent_since
        patience_s = self._patience.give_up_s if self._is_known else self._patience.never_s
        if self._silent_since is not None and silent_s >= patience_s:
            raise EndpointDown(self.endpoint, f"has not answered for {silent_s:.0f} s (last: {self._last})")
