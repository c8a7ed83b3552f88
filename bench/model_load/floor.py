"""The floor: a bare aiohttp loop that asks for the same rows, reads each answer and tries failures again."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from datagen_core.llm.retry import Retries
from datagen_core.model import ModelError

AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Spent:
    """Wall and CPU seconds of some rows."""

    wall_s: float
    cpu_s: float
    rows: int


def run(base_url: str, body: dict[str, Any], rows: int) -> Spent:
    """So many records, 64 calls in flight; a call that waits to be tried again holds no place."""
    started, cpu = time.perf_counter(), time.process_time()
    found = asyncio.run(_records(f"{base_url}/chat/completions", body, rows))
    return Spent(time.perf_counter() - started, time.process_time() - cpu, len(found))


async def _records(url: str, body: dict[str, Any], rows: int) -> list[Any]:
    places, rng, retries = asyncio.Semaphore(AT_ONCE), random.Random(0), Retries()
    connector = aiohttp.TCPConnector(limit=0)

    async def one(session: aiohttp.ClientSession, row: int) -> Any:
        tries = 0
        while True:
            try:
                async with places:
                    return await _record(session, url, {**body, "seed": row})
            except ModelError as error:
                await asyncio.sleep(retries.wait_s(tries, rng, error))
                tries += 1

    async with aiohttp.ClientSession(connector=connector) as session:
        return await asyncio.gather(*(one(session, row) for row in range(rows)))


async def _record(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> Any:
    try:
        async with session.post(url, json=body) as response:
            text = await response.read()
            if response.status != 200:
                wait = response.headers.get("Retry-After")
                after_s = None if wait is None else float(wait)
                raise ModelError("refused", kind="server", retry_after_s=after_s)
        return json.loads(json.loads(text)["choices"][0]["message"]["content"])
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise ModelError("failed", kind="connection") from error
