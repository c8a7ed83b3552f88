"""A model for tests: answers come from a function, and every request is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from datagen_core.config import Config
from datagen_core.model import (
    CAPABILITIES,
    ChatRequest,
    Choice,
    CompletionRequest,
    Model,
    Price,
    Reply,
    Usage,
)
from datagen_core.sample import Message


class ScriptedModel(Model[Config]):
    """Answers each request (chat and raw completion) with what a function makes of it and of the number of the call.

    Args:
        answer: Gives a text, a Reply, or an exception to raise.
        latency_s: What each answer takes.
    """

    def __init__(
        self,
        answer: Callable[[Any, int], Any],
        *,
        price: Price | None = None,
        latency_s: float = 0.1,
        capabilities: Sequence[str] = CAPABILITIES,
        endpoint: str = "http://test",
        name: str = "scripted",
    ) -> None:
        super().__init__(Config(), name)
        self._answer, self._price, self._latency_s = answer, price, latency_s
        self._capabilities, self._endpoint = frozenset(capabilities), endpoint
        self.requests: list[Any] = []

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        return await self._reply_to(request)

    async def complete(self, request: CompletionRequest, *, timeout_s: float) -> Reply:
        return await self._reply_to(request)

    async def _reply_to(self, request: ChatRequest | CompletionRequest) -> Reply:
        self.requests.append(request)
        answer = self._answer(request, len(self.requests))
        await asyncio.sleep(self._latency_s)
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Reply) else reply(answer)

    def capabilities(self) -> frozenset[str]:
        return self._capabilities

    def endpoint(self) -> str:
        return self._endpoint

    def price(self) -> Price | None:
        return self._price


def reply(text: str, *, finish_reason: str = "stop", prompt: int = 10, completion: int = 5) -> Reply:
    """A reply of one choice with its usage."""
    usage = Usage(prompt_tokens=prompt, completion_tokens=completion)
    return Reply(choices=(Choice(text=text, finish_reason=finish_reason),), usage=usage, model="scripted")


def chat(text: str = "Say hello.", **options: Any) -> ChatRequest:
    """A request of one user message at temperature 0."""
    return ChatRequest(
        **{
            "messages": (Message(role="user", content=text),),
            "max_tokens": 100,
            "temperature": 0.0,
            **options,
        }
    )
