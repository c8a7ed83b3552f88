"""The one path of every model call: cache, slot at the endpoint, room in the budget, send, account."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from datagen_core.errors import RecipeError, RunPaused
from datagen_core.llm.accounting import Account, CallRecord
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.breaker import Patience
from datagen_core.llm.budget import Wall
from datagen_core.llm.cache import ReplyCache
from datagen_core.llm.forms import Request, cache_key, is_sampled, prompt_hash
from datagen_core.llm.ledger import Amount
from datagen_core.llm.limiter import Limits
from datagen_core.llm.retry import Retries
from datagen_core.llm.sending import Answer, Call, Sender
from datagen_core.llm.site import CallSite
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer, ask
from datagen_core.model import (
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Embeddings,
    Model,
    ModelError,
    Reply,
    Usage,
    missing_capabilities,
    wanted_capabilities,
)
from datagen_core.nothing import EMPTY

DEFAULT_TIMEOUT_S = 120.0


class ModelDoor:
    """Sends the calls of a run to its models; nothing else does.

    Args:
        models: By the recipe's alias.
        wall: The run's budgets and ledger.
        cache: Replies of this and other runs; None asks anew each time.
        limits: By alias; models at one endpoint share one limiter, with the limits of the first alias.
        timeouts_s: For one try, by alias; DEFAULT_TIMEOUT_S where not given.
        rng: For backoff only, so that it has no part in what is made.
        clock, sleep: Monotonic seconds and the waiting that goes with them.
    """

    def __init__(
        self,
        models: Mapping[str, Model[Any]],
        wall: Wall,
        *,
        cache: ReplyCache | None = None,
        limits: Mapping[str, Limits] = EMPTY,
        retries: Retries | None = None,
        patience: Patience | None = None,
        account: Account | None = None,
        timeouts_s: Mapping[str, float] = EMPTY,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.account = account or Account()
        self._models, self._wall, self._cache, self._clock = models, wall, cache, clock
        self._timeouts_s = timeouts_s
        self._asked: dict[bytes, asyncio.Future[Answer]] = {}
        for model in models.values():
            wall.check(model)
        self._sender = Sender(
            [(model, limits.get(alias, Limits())) for alias, model in models.items()],
            wall,
            retries=retries or Retries(),
            patience=patience or Patience(),
            rng=rng or random.Random(),
            clock=clock,
            sleep=sleep,
        )

    def model(self, alias: str) -> Model[Any]:
        """The model behind an alias; RecipeError where the recipe names none."""
        if alias not in self._models:
            raise RecipeError(
                f"no model is called {alias!r}",
                where="models",
                expected=f"one of {', '.join(sorted(self._models)) or '(none)'}",
                hint=f"models: {{{alias}: PROVIDER/NAME}}, or --model PROVIDER/NAME",
            )
        return self._models[alias]

    def require(self, alias: str, capabilities: Sequence[str]) -> None:
        """Raises the ModelError of the first capability that a model lacks: asked before a run."""
        model = self.model(alias)
        for capability in missing_capabilities(model, capabilities):
            raise model.lacks(capability)

    def bound(self, alias: str, site: CallSite) -> BoundModel:
        """What a component is given: one model, with the place its calls are accounted to."""
        self.model(alias)
        return BoundModel(self, alias, site)

    async def chat(self, alias: str, request: ChatRequest, site: CallSite, *, prompt: str = "") -> Reply:
        """The reply to a chat, with at least one choice.

        `prompt` is the hash it is accounted under, where that isn't the request's own.

        Raises:
            ModelError: It failed for good; the caller makes a rejection of it.
            BudgetReached, EndpointDown: The run ends, resumable; callers let them pass.
        """
        self.require(alias, wanted_capabilities(request))
        return cast(Reply, await self._answer(alias, request, site, "chat", prompt))

    async def complete(self, alias: str, request: CompletionRequest, site: CallSite) -> Reply:
        """The reply to a raw completion; errors as in `chat`."""
        self.require(alias, ("completion", *wanted_capabilities(request)))
        return cast(Reply, await self._answer(alias, request, site, "completion"))

    async def embed(self, alias: str, request: EmbeddingRequest, site: CallSite) -> Embeddings:
        """The vectors of texts; errors as in `chat`."""
        self.require(alias, ("embeddings",))
        return cast(Embeddings, await self._answer(alias, request, site, "embedding"))

    async def structured(
        self, alias: str, request: ChatRequest, schema: AnswerSchema, site: CallSite
    ) -> StructuredAnswer:
        """JSON that satisfies a schema, or the reason why there is none, after at most one more ask."""
        model = self.model(alias)
        prompt = prompt_hash(request)  # both asks are found under what the component asked
        answer = await ask(
            lambda one: self.chat(alias, one, site, prompt=prompt),
            request,
            schema,
            has_schema_mode="json_schema" in model.capabilities(),
        )
        repaired, again = bool(answer.parsed.repairs), answer.attempts > 1
        self.account.add_parsing(site, model.full_name, repaired=repaired, asked_again=again)
        return answer

    def tell(self, say: Callable[[str], None]) -> None:
        """Whom to tell that an endpoint is down and the run waits for it; "" when it is back."""
        self._sender.tell(say)

    def appetite(self) -> int:
        """How many more calls the busiest endpoint could use now; calls that wait to be tried again hold no place."""
        return self._sender.appetite()

    def spent(self, arm: str | None = None) -> Amount:
        """What counts against budgets so far, in all sittings: of one arm, or of the run."""
        return self._wall.counted(arm)

    def shut(self, why: RunPaused) -> None:
        """Nothing more is sent from now on; what is in flight may finish."""
        self._wall.shut(why)

    async def close(self) -> None:
        """Lets go of the models' connections, of the cache and of the ledger."""
        try:
            for model in self._models.values():
                await model.close()
            if self._cache is not None:
                self._cache.close()
        finally:
            self._wall.close()

    async def _answer(
        self, alias: str, request: Request, site: CallSite, kind: str, prompt: str = ""
    ) -> Answer:
        model = self.model(alias)
        call = Call(
            model, _seeded(request, model, site), site, self._timeouts_s.get(alias, DEFAULT_TIMEOUT_S)
        )
        key = cache_key(model, request, site.sample_key)
        record = partial(self._record, call, alias, kind, prompt or prompt_hash(request))
        while True:
            known = None if self._cache is None else self._cache.get(key)
            if known is None and (asked := self._asked.get(key)) is not None:
                await asyncio.wait([asked])  # the same request is on its way: one answer serves both
                known = None if asked.cancelled() else asked.result()
            if known is not None:
                record(known.usage, took_s=0.0, from_cache=True)
                return known
            if key not in self._asked:
                return await self._sent(call, key, record)

    async def _sent(self, call: Call, key: bytes, record: Callable[..., None]) -> Answer:
        asked = self._asked[key] = asyncio.get_running_loop().create_future()
        began = self._clock()
        try:
            answer = await self._sender.send(call)
        except ModelError as error:
            record(Usage(), took_s=self._clock() - began, failure=error.kind)
            raise
        else:
            if self._cache is not None:
                self._cache.put(key, answer, model=call.model.name)
            asked.set_result(answer)
            record(answer.usage, took_s=self._clock() - began)
            return answer
        finally:
            del self._asked[key]
            asked.cancel()

    def _record(
        self,
        call: Call,
        alias: str,
        kind: str,
        prompt: str,
        usage: Usage | None,
        *,
        took_s: float,
        from_cache: bool = False,
        failure: str = "",
    ) -> None:
        cost = call.cost(usage)
        self.account.add(
            CallRecord(
                site=call.site,
                alias=alias,
                model=call.model.full_name,
                kind=kind,
                prompt_tokens=usage.prompt_tokens if usage else 0,
                completion_tokens=usage.completion_tokens if usage else 0,
                cost=cost,
                spent=None if cost is None else call.lost_cost + (0.0 if from_cache else cost),
                latency_s=took_s,
                retries=call.retries,
                refusals=call.refusals,
                from_cache=from_cache,
                failure=failure,
                prompt=prompt,
            )
        )


def _seeded(request: Request, model: Model[Any], site: CallSite) -> Request:
    """The request with a seed of its row's own, where it is sampled and the model takes one."""
    if isinstance(request, EmbeddingRequest) or request.seed is not None or not is_sampled(request):
        return request
    return replace(request, seed=site.provider_seed) if "seed" in model.capabilities() else request
