"""The endpoint: the scripted server in a process of its own, answering each request with a record of its own."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import urllib.request
from typing import Any, Self

from datagen_core.testing.model_server import ModelServer
from datagen_core.testing.scripted_replies import Answer, Received, default_answer

WORDS = [a + b + c for a in "bdfglmnprst" for b in "aeiou" for c in ("n", "rt", "lo", "mi", "sk", "ta", "ve")]
TOPICS = ("reef", "wreck", "cave", "shore")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "minLength": 20, "maxLength": 300},
        "answer": {"type": "string", "minLength": 20, "maxLength": 600},
        "topic": {"type": "string", "enum": list(TOPICS)},
    },
    "required": ["question", "answer", "topic"],
    "additionalProperties": False,
}
WORN_OUT = 1.0
"""Sampled hotter than this, two of three answers are one of a few that everybody has seen."""


class Endpoint:
    """The server while the block lasts; options are those of `ModelServer`."""

    def __init__(self, **options: Any) -> None:
        self._command = [sys.executable, __file__, json.dumps(options)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.base_url = self._process.stdout.readline().strip()
        assert self.base_url, "the server did not start"
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def stats(self) -> dict[str, Any]:
        """What it counted so far."""
        with urllib.request.urlopen(f"{self.base_url.removesuffix('/v1')}/stats") as response:
            return json.load(response)


def record(received: Received) -> str | Answer:
    """A record of pseudo-words, the same for the same seed; for a plan, whatever its schema wants."""
    body, rng = received.body, random.Random(received.body.get("seed", received.identity))
    if body.get("response_format", {}).get("json_schema", {}).get("schema") != SCHEMA:
        return default_answer(received, rng)
    if body.get("temperature", 0.0) > WORN_OUT and rng.random() < 2 / 3:
        rng = random.Random(rng.randrange(5))
    found = {
        "question": " ".join(rng.choices(WORDS, k=12)) + "?",
        "answer": " ".join(rng.choices(WORDS, k=40)) + ".",
        "topic": rng.choice(TOPICS),
    }
    return json.dumps(found)


async def serve(options: dict[str, Any]) -> None:
    async with ModelServer(record, **options) as server:
        print(server.base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
