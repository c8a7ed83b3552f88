"""What the endpoint answers: the test server's replies, and to distilabel's prompts what distilabel can read."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from typing import Any

from datagen_core.rehearsal.answering import Answering
from datagen_core.rehearsal.imitation import ITEM_WORDS
from datagen_core.rehearsal.sentences import Sentences
from datagen_core.rehearsal.topics import topics
from datagen_core.sample import Message
from datagen_core.testing.model_server import ModelServer
from datagen_core.testing.scripted_replies import (
    MEAN_SCORE,
    MOST_TOKENS,
    Answer,
    Received,
    default_answer,
    prompt_text,
)

QUERIES = re.compile(r"# Task Description\nDevelop (\d+) user queries")
EVOLVES = re.compile(r"I want you act as a Prompt (?:Rewriter|Creator)\.")
EVOLVED = {
    "type": "object",
    "properties": {"prompt": {"type": "string", "description": "the new prompt, complete"}},
    "required": ["prompt"],
    "additionalProperties": False,
}
"""As `evol-instruct` asks for it, so that both get texts of one kind."""


def reply(received: Received) -> str | Answer:
    """The same for the same request."""
    asked, rng = prompt_text(received.body), random.Random(received.identity)
    if wanted := QUERIES.match(asked):
        sentences = Sentences(topics(asked), rng)
        return "\n".join(sentences.sentence(ITEM_WORDS) for _ in range(int(wanted[1])))
    if EVOLVES.match(asked):
        answering = Answering.of_messages([Message(role="user", content=asked)], mean_score=MEAN_SCORE)
        return str(answering.json(EVOLVED, rng, MOST_TOKENS)["prompt"])
    return default_answer(received, rng)


async def serve(options: dict[str, Any]) -> None:
    async with ModelServer(reply, **options) as server:
        print(server.base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
