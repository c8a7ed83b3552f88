"""Sending one call: a slot at its endpoint, room in the budget, a time-out, and another try where that helps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from datagen_core.errors import PluginError
from datagen_core.llm.breaker import Breaker, EndpointDown, Patience
from datagen_core.llm.budget import Reservation, Wall
from datagen_core.llm.estimate import likely_tokens, most_tokens
from datagen_core.llm.forms import Request
from datagen_core.llm.limiter import Limiter, Limits, Slot
from datagen_core.llm.retry import Retries, is_refusal, says_endpoint_is_down
from datagen_core.llm.site import CallSite
from datagen_core.model import (
    ChatRequest,
    CompletionRequest,
    Embeddings,
    Model,
    ModelError,
    Reply,
    Usage,
)

Answer = Reply | Embeddings
MOST_TOKENS = 10**9
"""No call reads or writes as many."""
SHUTS_OUT = frozenset({"auth", "not_found"})
"""Kinds of failure that every further call would meet: they end the sitting, resumable, not row by row."""


@dataclass(slots=True)
class Call:
    """One call on its way: what is sent, the most it can use, and what it took so far."""

    model: Model[Any]
    request: Request
    site: CallSite
    timeout_s: float
    most: Usage = field(init=False)
    retries: int = 0
    free_retries: int = 0
    refusals: int = 0
    lost_cost: float = 0.0

    def __post_init__(self) -> None:
        self.most = most_tokens(self.request)

    def cost(self, usage: Usage | None) -> float | None:
        """At list price; where the usage isn't told, the most it can have been. None without a price."""
        price = self.model.price()
        return None if price is None else price.cost(usage or self.most)


@dataclass(frozen=True, slots=True)
class _Endpoint:
    limiter: Limiter
    breaker: Breaker


class Sender:
    """Sends calls, each endpoint with one limiter and one circuit breaker for all who call it.

    The slot comes before the reservation, so that a crash counts what was being sent and not what queued.

    Args:
        models: Each with what is told about its endpoint; of two at one endpoint the first counts.
    """

    def __init__(
        self,
        models: Iterable[tuple[Model[Any], Limits]],
        wall: Wall,
        *,
        retries: Retries,
        patience: Patience,
        rng: random.Random,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._wall, self._retries = wall, retries
        self._rng, self._sleep = rng, sleep
        self._endpoints: dict[str, _Endpoint] = {}
        for model, limits in models:
            if model.endpoint() not in self._endpoints:
                limiter = Limiter(limits, clock=clock, sleep=sleep)
                breaker = Breaker(model.endpoint(), patience, clock=clock, sleep=sleep)
                self._endpoints[model.endpoint()] = _Endpoint(limiter, breaker)

    def tell(self, say: Callable[[str], None]) -> None:
        """Whom endpoints tell that they are down, and "" when they are back."""
        for endpoint in self._endpoints.values():
            endpoint.breaker.say = say

    def appetite(self) -> int:
        """How many more calls the busiest endpoint could use now."""
        return min(endpoint.limiter.appetite for endpoint in self._endpoints.values())

    async def send(self, call: Call) -> Answer:
        """Tries until there is an answer or a failure that stays.

        Neither a refusal for a limit nor a failure of an endpoint that is down uses up the call's retries.
        """
        while True:
            try:
                return await self._try(call)
            except ModelError as error:
                is_free = is_refusal(error) or self._endpoints[call.model.endpoint()].breaker.is_open
                if not error.retryable or (call.retries >= self._retries.most and not is_free):
                    raise
                before = call.free_retries if is_free else call.retries
                await self._sleep(self._retries.wait_s(before, self._rng, error))
                call.free_retries += is_free
                call.retries += not is_free
                call.refusals += is_refusal(error)

    async def _try(self, call: Call) -> Answer:
        """One try, in a slot of the endpoint, once the endpoint is thought to be up."""
        endpoint = self._endpoints[call.model.endpoint()]
        is_again = call.retries + call.free_retries > 0
        slot = await endpoint.limiter.acquire(likely_tokens(call.most), again=is_again)
        is_probe, is_over = False, False
        try:
            is_probe = await endpoint.breaker.admit()
            reservation = await self._wall.reserve(call.site, call.model, call.most)
            endpoint.limiter.begin(slot)
            try:
                answer = await self._sent(call, reservation)
            except ModelError as error:
                is_over = True
                self._failed(error, endpoint, slot, is_probe=is_probe)
                raise
            is_over = True
            endpoint.limiter.succeeded(slot, used_tokens=_tokens(answer.usage))
            endpoint.breaker.answered()
            return answer
        finally:
            if not is_over:
                endpoint.limiter.drop(slot)
                endpoint.breaker.left(is_probe=is_probe)

    def _failed(self, error: ModelError, endpoint: _Endpoint, slot: Slot, *, is_probe: bool) -> None:
        if is_refusal(error):
            endpoint.limiter.refused(slot, retry_after_s=error.retry_after_s)
            endpoint.breaker.refused(error.retry_after_s)
            return
        endpoint.limiter.failed(slot)
        if error.kind in SHUTS_OUT:
            endpoint.breaker.answered()
            raise EndpointDown(
                endpoint.breaker.endpoint,
                f"can't be used: {error.message}",
                expected=error.expected or "",
                hint=f"{error.hint or 'correct it'}; then start the same command again: nothing is lost",
            ) from error
        if not says_endpoint_is_down(error):
            endpoint.breaker.answered()
            return
        endpoint.breaker.failed(error.message, is_probe=is_probe)

    async def _sent(self, call: Call, reservation: Reservation) -> Answer:
        """Sends with a time-out; settles the reservation whatever happens."""
        try:
            answer = await self._in_time(call)
        except ModelError as error:
            if error.may_have_run:
                self._lose(call, reservation)
            else:
                self._wall.fail(reservation)
            raise
        except BaseException:
            self._lose(call, reservation)
            raise
        if answer.usage is not None and not _is_believable(answer.usage):
            answer = replace(answer, usage=None)
        self._wall.settle(reservation, answer.usage, call.model.price())
        if isinstance(answer, Reply) and not answer.choices:
            call.lost_cost += call.cost(answer.usage) or 0.0
            raise ModelError(
                f"{call.model.name!r} answered without a choice", kind="malformed", may_have_run=True
            )
        return answer

    async def _in_time(self, call: Call) -> Answer:
        model, request, timeout_s = call.model, call.request, call.timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                if isinstance(request, ChatRequest):
                    return await model.chat(request, timeout_s=timeout_s)
                if isinstance(request, CompletionRequest):
                    return await model.complete(request, timeout_s=timeout_s)
                return await model.embed(request, timeout_s=timeout_s)
        except TimeoutError as error:
            message = f"{model.name!r} didn't answer within {timeout_s:g} s"
            raise ModelError(message, kind="timeout", may_have_run=True) from error
        except ModelError:
            raise
        except Exception as error:
            message = f"the model {model.name!r} failed: {type(error).__name__}"
            raise PluginError(message, expected="a ModelError") from error

    def _lose(self, call: Call, reservation: Reservation) -> None:
        self._wall.lose(reservation)
        call.lost_cost += reservation.amount.cost


def _is_believable(usage: Usage) -> bool:
    """Whether token counts can be: what can't is taken for not told, so that the call counts in full."""
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
    return all(0 <= count <= MOST_TOKENS for count in counts)


def _tokens(usage: Usage | None) -> int | None:
    return None if usage is None else usage.prompt_tokens + usage.completion_tokens
