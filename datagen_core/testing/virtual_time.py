"""An event loop whose clock jumps, so that tests of waiting don't wait."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time goes on only when all wait for it, and then at once."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds


class _Jumping(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise AssertionError("everything waits, and nothing will wake it: a deadlock")
        if timeout > 0:
            self._loop.jump(timeout)
        return super().select(0)


def in_virtual_time(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What some work gives, in the time that its sleeps and timers add up to; a deadlock fails at once."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work())


def now() -> float:
    """Seconds of the running loop: the clock that agrees with `asyncio.sleep`."""
    return asyncio.get_running_loop().time()
