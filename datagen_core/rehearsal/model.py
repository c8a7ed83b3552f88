"""The rehearsal model: every recipe can be tried without a key, a network or a cost."""

from __future__ import annotations

import random
from collections.abc import Callable
from hashlib import blake2b
from typing import ClassVar

from pydantic import Field

from datagen_core.config import Config
from datagen_core.jsontext import dumps
from datagen_core.llm.forms import Request, cache_key
from datagen_core.model import (
    CAPABILITIES,
    ChatRequest,
    Choice,
    CompletionRequest,
    EmbeddingRequest,
    Embeddings,
    Model,
    Price,
    Reply,
    Usage,
)
from datagen_core.rehearsal.answering import Answering, chat_choice, completion_choice
from datagen_core.rehearsal.embedding import vector
from datagen_core.rehearsal.tokens import count, encoded
from datagen_core.rehearsal.wishes import wish


class RehearsalConfig(Config):
    """How it answers."""

    mean_score: float = Field(
        0.77, ge=0.01, le=0.99, description="where scores in JSON answers lie on average: 0 low, 1 high"
    )
    tool_share: float = Field(
        0.5, ge=0, le=1, description="share of answers that call a tool, where tools are offered"
    )


class Rehearsal(Model[RehearsalConfig]):
    """Answers any request at once with plausible English, or JSON that satisfies the schema asked for.

    The same request has the same reply in every process. Another seed makes another text; at temperature 0
    without a seed the messages alone decide. Sentences take up content words of the prompt but mean nothing, and
    other languages are English in their letters (`translation.py`): what was made in a rehearsal is there to see a
    recipe run, not to train on.
    """

    is_rehearsal: ClassVar[bool] = True

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        """See `Model.chat`. Tools are called in a `tool_share` of answers, or as extra's `tool_choice` says."""
        answering = Answering.of_messages(request.messages, mean_score=self.config.mean_score)
        share = self.config.tool_share
        prompt = "".join(message.content for message in request.messages)
        prompt += "".join(dumps(tool.to_json()) for tool in request.tools)
        return self._reply(request, prompt, lambda rng: chat_choice(request, answering, rng, share))

    async def complete(self, request: CompletionRequest, *, timeout_s: float) -> Reply:
        """See `Model.complete`: some sentences more about what the prompt is about."""
        answering = Answering(request.prompt, wish(request.prompt), mean_score=self.config.mean_score)
        return self._reply(request, request.prompt, lambda rng: completion_choice(request, answering, rng))

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        """See `Model.embed`: unit vectors of 64 dimensions."""
        usage = Usage(prompt_tokens=sum(count(text) for text in request.texts))
        return Embeddings(vectors=tuple(vector(text) for text in request.texts), usage=usage)

    def capabilities(self) -> frozenset[str]:
        """All there are."""
        return frozenset(CAPABILITIES)

    def endpoint(self) -> str:
        """No address: nothing is sent."""
        return "rehearsal"

    def price(self) -> Price:
        """Nothing."""
        return Price(prompt_per_million=0, completion_per_million=0)

    def _reply(
        self,
        request: ChatRequest | CompletionRequest,
        prompt: str,
        choose: Callable[[random.Random], Choice],
    ) -> Reply:
        start = int.from_bytes(self._digest(request), "big")
        choices = tuple(choose(random.Random(start + place)) for place in range(request.n))
        usage = Usage(prompt_tokens=count(prompt), completion_tokens=sum(map(_written, choices)))
        return Reply(choices=choices, usage=usage, model=self.name)

    def _digest(self, request: ChatRequest | CompletionRequest) -> bytes:
        """What decides the reply: the whole request, or at temperature 0 without a seed its text."""
        if request.temperature == 0 and request.seed is None:
            return blake2b(encoded(dumps(_text_json(request))), digest_size=32).digest()
        return cache_key(self, request, ())


def _text_json(request: Request) -> object:
    if isinstance(request, ChatRequest):
        return [message.to_json() for message in request.messages]
    return request.prompt if isinstance(request, CompletionRequest) else list(request.texts)


def _written(choice: Choice) -> int:
    return count(choice.text + "".join(dumps(dict(call["function"])) for call in choice.tool_calls))
