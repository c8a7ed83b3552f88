"""One pool of connections per event loop, shared by all models: connections to one address are used again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp

KEEPALIVE_S = 30.0


@dataclass(slots=True)
class Pool:
    """A session and the models that use it."""

    session: aiohttp.ClientSession
    users: set[Any] = field(default_factory=set)


_POOLS: dict[asyncio.AbstractEventLoop, Pool] = {}
"""The one exception to "no mutable module state": models made apart share connections by it."""


async def session_for(user: object) -> aiohttp.ClientSession:
    """The running loop's session, opened at first use; `release` it when done."""
    loop = asyncio.get_running_loop()
    pool = _POOLS.get(loop)
    if pool is None or pool.session.closed:
        await _forget_dead_loops()
        pool = _POOLS[loop] = Pool(_new_session())
    pool.users.add(user)
    return pool.session


async def release(user: object) -> None:
    """Lets go of the running loop's session; its last user closes it."""
    loop = asyncio.get_running_loop()
    pool = _POOLS.get(loop)
    if pool is None:
        return
    pool.users.discard(user)
    if not pool.users:
        del _POOLS[loop]
        await pool.session.close()


async def _forget_dead_loops() -> None:
    for loop in [loop for loop in _POOLS if loop.is_closed()]:
        await _POOLS.pop(loop).session.close()


def _new_session() -> aiohttp.ClientSession:
    # No limit here: how many calls are in flight is the limiter's business, and a queue here would hide it.
    # No cookies: two models at one address have nothing to tell each other.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S, ttl_dns_cache=300)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "datagen"},
        auto_decompress=True,
    )
