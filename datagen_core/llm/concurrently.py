"""Calls of one batch at once, their results in the order of the rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable
from typing import Any, TypeVar

from datagen_core.errors import RunPaused

T = TypeVar("T")


async def in_order(work: Iterable[Coroutine[Any, Any, T]]) -> AsyncGenerator[T, None]:
    """Runs coroutines at once and yields what they return, in their order. An async generator.

    How many calls are in flight is the limiter's business, not this one's. When one of them meets a RunPaused,
    the others are let finish, so that what is paid for is kept in the cache, and it is raised then; any other
    exception, and closing the generator, cancels the rest.
    """
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        for task in tasks:
            yield await task
    except RunPaused:
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
